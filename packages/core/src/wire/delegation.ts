import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { access, durationSeconds, freeText, name } from '../names.ts'
import { scanClaim } from './scan.ts'

/** A part of a task, handed on to a child task with a key of its own (I9). Environment and owner are the parent's. */
export const delegationRequest = z.strictObject({
  /** A DPoP proof (RFC 9449 §4.2) for this very request, without `ath`, by the child's own key: it names and proves it. */
  proof: z.string().max(4096),
  /** Another agent of the same owner, whose enrolled key the proof is by. Left out: the parent's agent. */
  agent: name.optional(),
  /** Which of the agent's workers it is; for people and the log. */
  sub_agent: name.optional(),
  scopes: z.array(name).min(1).max(LIMITS.scopesPerTask),
  /** The most that a scope may be for; a scope that can do more is not handed on. */
  access: z.record(name, z.array(access).max(6)).optional(),
  purpose: freeText(500),
  /** Left out: the parent's. */
  ticket: freeText(80).optional(),
  ttl: durationSeconds.optional(),
  heartbeat: durationSeconds
    .pipe(z.number().min(LIMITS.heartbeatMinSeconds).max(LIMITS.heartbeatMaxSeconds))
    .optional(),
  /** Left out: the parent's. */
  scan: scanClaim.optional(),
})
export type DelegationRequest = z.input<typeof delegationRequest>
