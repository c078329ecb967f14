import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import { origin } from '../http/root.ts'
import type { Upstream } from '../request.ts'

export const REGISTRY = 'https://registry.npmjs.org'

/** One token and the registry it is for: `npm_…` of npmjs, or what a registry of one's own gives. */
export const root = z.strictObject({
  token: z
    .string()
    .regex(/^[!-~]{8,8192}$/, 'an npm token')
    .transform((value) => new Secret(value)),
  origin: origin.default(REGISTRY),
})
export type NpmRoot = z.infer<typeof root>

export const upstream = ({ token, origin }: NpmRoot): Upstream => ({
  origin,
  credential: { authorization: new Secret(`Bearer ${token.expose()}`) },
})
