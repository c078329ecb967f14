import { z } from 'zod'
import { ISSUER_ALGORITHMS, ISSUER_PROFILES } from '../config/trust.ts'
import { json, name } from '../names.ts'
import { owned } from './owned.ts'

/** By which tokens of an issuer workloads are an agent, as it was declared. */
export const trustRuleView = z.strictObject({
  issuer: name,
  claims: z.record(z.string(), json),
  environments: z.record(z.string(), name).optional(),
  max_task_seconds: z.number().int().optional(),
})
export type TrustRuleView = z.infer<typeof trustRuleView>

export const issuerView = z.strictObject({
  name,
  url: z.string(),
  profile: z.enum(ISSUER_PROFILES),
  /** Where its keys come from: `discovery`, an address, or `inline`. */
  keys: z.string(),
  algorithms: z.array(z.enum(ISSUER_ALGORITHMS)),
  ...owned,
})
export type IssuerView = z.infer<typeof issuerView>
