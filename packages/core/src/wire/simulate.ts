import { z } from 'zod'
import { policySource } from '../config/document.ts'
import { LIMITS } from '../limits.ts'
import { access, name } from '../names.ts'

/** Policies as they would be: each replaces the one of its name or comes new, and `null` takes it away. The others stay. */
export const policyDraft = z.strictObject({
  policies: z
    .array(z.strictObject({ name: policySource.shape.name, text: policySource.shape.text.nullable() }))
    .min(1)
    .max(100)
    .refine(
      (policies) => policies.reduce((sum, { text }) => sum + (text?.length ?? 0), 0) <= LIMITS.draftBytes,
      `at most ${LIMITS.draftBytes} characters together`,
    ),
})
export type PolicyDraft = z.infer<typeof policyDraft>

/** POST /v1/simulate: what would be decided, and why; nothing is granted. */
export const simulateRequest = z.strictObject({
  agent: name,
  scope: name,
  environment: name,
  ttl: z.number().int().positive().optional(),
  /** Only these levels. Left out: all that the scope gives. */
  access: z.array(access).min(1).max(6).optional(),
  /** One operation of a scope of the gateway, as policies name it. */
  operation: z.string().min(1).max(200).optional(),
  /** Decides a second time, as if these policies held. */
  draft: policyDraft.optional(),
})

const verdict = z.enum(['permit', 'approval', 'deny'])
const outcome = {
  verdict,
  decisions: z.array(
    z.strictObject({
      access,
      /** Where one was asked about by its name. */
      operation: z.string().optional(),
      verdict,
      /** Who would have to approve. */
      level: z.enum(['passkey', 'two-person']).optional(),
      policies: z.array(z.string()),
      reasons: z.array(z.string()),
      explanation: z.array(z.string()),
    }),
  ),
}
export const simulation = z.strictObject({ ...outcome, draft: z.strictObject(outcome).optional() })
export type Simulation = z.infer<typeof simulation>

/** POST /v1/simulate/impact: what a draft would change, for a plain task of each agent. */
export const impactRequest = z.strictObject({ draft: policyDraft })
export const impact = z.strictObject({
  /** The configuration's version that the draft was compared with. */
  version: z.number().int(),
  changes: z.array(
    z.strictObject({ agent: name, scope: name, environment: name, access, from: verdict, to: verdict }),
  ),
  /** There are more than these, or it took too long to look at everything. */
  truncated: z.boolean(),
})
export type Impact = z.infer<typeof impact>

/** POST /v1/policies/check: what is wrong with the policies as a draft would leave them. Nothing is stored. */
export const policyFinding = z.strictObject({
  /** Only errors keep a policy from being put. */
  level: z.enum(['error', 'warning']),
  policy: z.string(),
  /** From 1. */
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  message: z.string(),
})
export const policyCheck = z.strictObject({ findings: z.array(policyFinding) })
export type PolicyFinding = z.infer<typeof policyFinding>
