import type { Json } from '@credbroker/core/canonical-json'
import { z } from 'zod'
import { environmentConfig } from './environment-config.ts'

const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/), z.string().max(32_768))
const time = z.iso.datetime({ offset: true })

const reads =
  (schema: z.ZodType) =>
  (value: Json): Json | undefined => {
    const parsed = schema.safeParse(value)
    return parsed.success ? (parsed.data as Json) : undefined
  }

/** The vendor's own scalars that may be given. Every other one is refused where it is given. */
export const SCALARS: ReadonlyMap<string, (value: Json) => Json | undefined> = new Map([
  ['DateTime', reads(time)],
  ['EnvironmentVariables', reads(variables)],
  ['EnvironmentConfig', reads(environmentConfig)],
])
