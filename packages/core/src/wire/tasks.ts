import { z } from 'zod'
import { ERRORS, type ErrorCode } from '../errors.ts'
import { idPattern } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { access, durationSeconds, freeText, name, timestamp } from '../names.ts'
import { SCAN_STATES } from '../scan-claim.ts'
import { scanClaim } from './scan.ts'

export const taskRequest = z.strictObject({
  environment: name,
  purpose: freeText(500),
  ticket: freeText(80).optional(),
  scopes: z.array(name).min(1).max(LIMITS.scopesPerTask),
  ttl: durationSeconds.optional(),
  /** When set, the task ends by itself unless a heartbeat arrives this often. `broker exec` sets it. */
  heartbeat: durationSeconds
    .pipe(z.number().min(LIMITS.heartbeatMinSeconds).max(LIMITS.heartbeatMaxSeconds))
    .optional(),
  scan: scanClaim.optional(),
})
export type TaskRequest = z.input<typeof taskRequest>

export const grantsRequest = z.strictObject({ scopes: z.array(name).min(1).max(LIMITS.scopesPerTask) })

export const GRANT_STATES = ['pending', 'active', 'denied', 'ended'] as const
export const END_REASONS = ['done', 'expired', 'revoked', 'frozen'] as const

export const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])

export const grant = z.strictObject({
  /** Absent where the scope was denied: a denial is recorded in audit, not stored as a grant. */
  id: z.string().regex(idPattern('grant')).optional(),
  task: z.string().regex(idPattern('task')).optional(),
  scope: name,
  environment: name,
  access: z.array(access),
  /** Levels of the scope that the task did not get, where that was just decided: calls that need them are denied. */
  denied_access: z.array(z.strictObject({ access, code: errorCode, reason: z.string() })).optional(),
  state: z.enum(GRANT_STATES),
  ends_at: timestamp.optional(),
  end_reason: z.enum(END_REASONS).optional(),
  /** The form of the credential this scope mints: `postgres`, `aws`. Tells a client which handle fits. */
  form: z.string().optional(),
  /** Set where nothing is minted and the broker makes the calls itself, at `/gateway/<scope>`. */
  gateway: z
    .strictObject({
      connector: name,
      /** Where the vendor's own tools send such calls: `host`, or `host:port`. */
      hosts: z.array(z.string()),
      /** Variables of a credential without which those tools do not start. */
      placeholders: z.array(z.string()).optional(),
    })
    .optional(),
  /** Set where it was denied or waits: why, in words an agent can act on. */
  code: errorCode.optional(),
  reason: z.string().optional(),
  required: z.array(z.string()).optional(),
  approval_url: z.string().optional(),
})
export type GrantView = z.infer<typeof grant>

export const TASK_STATES = ['active', 'ended'] as const

export const task = z.strictObject({
  id: z.string().regex(idPattern('task')),
  agent: name,
  owner: name,
  environment: name,
  purpose: z.string(),
  ticket: z.string().optional(),
  /** What the client says it did about stray secrets where the work is done; absent where it said nothing. */
  scan: z.enum(SCAN_STATES).optional(),
  /** The client says that what works there is confined to a sandbox. Absent where it does not say so. */
  sandbox: z.boolean().optional(),
  state: z.enum(TASK_STATES),
  end_reason: z.enum(END_REASONS).optional(),
  started_at: timestamp,
  ends_at: timestamp,
  ended_at: timestamp.optional(),
  heartbeat_seconds: z.number().int().optional(),
  /** Of a child task: whose work it is a part of, and how deep below the task that an agent started. */
  parent: z.string().regex(idPattern('task')).optional(),
  depth: z.number().int().optional(),
  /** Which of the agent's workers acts, as the parent says. */
  sub_agent: name.optional(),
  /** Where one task is shown: its child tasks, whatever their state. */
  children: z.array(z.string().regex(idPattern('task'))).optional(),
  grants: z.array(grant),
})
export type TaskView = z.infer<typeof task>

/** A DPoP-bound access token (RFC 9449) for the task: a pointer to live state, not a capability by itself. */
export const tokenAnswer = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('DPoP'),
  expires_in: z.number().int(),
})

export const taskStarted = z.strictObject({
  task,
  token: tokenAnswer,
  /** Said when the task is shorter than asked. */
  capped_by: z.enum(['asked', 'default', 'agent', 'limit', 'parent']),
})
export type TaskStarted = z.infer<typeof taskStarted>

export const LEASE_STATES = ['reserved', 'active', 'revoking', 'ended'] as const

export const lease = z.strictObject({
  id: z.string().regex(idPattern('lease')),
  task: z.string(),
  grant: z.string(),
  agent: name,
  scope: name,
  environment: name,
  provider: z.string(),
  state: z.enum(LEASE_STATES),
  name: z.string(),
  created_at: timestamp,
  expires_at: timestamp,
  /** When it is dead even if nobody ends it. Absent where its vendor never does: then it lives until the broker ends it. */
  dead_by: timestamp.optional(),
  ended_at: timestamp.optional(),
  /** Two separate facts (I8). */
  credential_dead: z.boolean(),
  sessions_dead: z.boolean(),
  attempts: z.number().int(),
})
export type LeaseView = z.infer<typeof lease>

/** What ending a task answers: the task as it is now, and each lease with what is known to be dead. */
export const taskEnded = z.strictObject({ task, leases: z.array(lease) })
export type TaskEnded = z.infer<typeof taskEnded>

export const heartbeatAnswer = z.strictObject({ task, token: tokenAnswer })
