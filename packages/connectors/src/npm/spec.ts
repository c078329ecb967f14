import { z } from 'zod'
import { origin } from '../http/root.ts'
import { OPERATIONS } from './catalogue.ts'
import { packagePattern, publicPattern } from './names.ts'
import { REGISTRY } from './root.ts'

export const spec = z.strictObject({
  /** The root's registry, said again: the root of another one does not fit. */
  registry: origin.default(REGISTRY),
  /** What the operations are for. Each belongs to the environment that its anchor is in. */
  packages: z.array(packagePattern).min(1).max(64),
  /** What may be read besides, because anybody may: it belongs to no environment. `*` is every name without a scope. */
  public: z.array(publicPattern).max(256).default([]),
  operations: z.array(z.enum(OPERATIONS)).min(1).max(OPERATIONS.length),
})
export type NpmSpec = z.infer<typeof spec>
