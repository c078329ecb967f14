import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { access, durationSeconds, freeText, name, timestamp } from '../names.ts'

/** The one type of RFC 9396 authorization details that there is: a task to start, or to hand on. */
export const TASK_DETAILS = 'urn:credbroker:rar:task'

/** What `scope` cannot say of a task. Unknown fields are refused (RFC 9396 §5). */
export const taskDetails = z.strictObject({
  type: z.literal(TASK_DETAILS),
  /** Of a child task it is the parent's, whether said or not. */
  environment: name.optional(),
  /** Of a child task, left out: the parent's. */
  purpose: freeText(500).optional(),
  ticket: freeText(80).optional(),
  ttl: durationSeconds.optional(),
  heartbeat: durationSeconds
    .pipe(z.number().min(LIMITS.heartbeatMinSeconds).max(LIMITS.heartbeatMaxSeconds))
    .optional(),
  /** Of a child task: the most that a scope may be for. */
  access: z.record(name, z.array(access).max(6)).optional(),
  /** Of a child task: which of the agent's workers it is. */
  sub_agent: name.optional(),
})
export type TaskDetails = z.output<typeof taskDetails>

/** XXXX-XXXX in twenty consonants (RFC 8628 §6.1); people may leave the hyphen out and use small letters. */
export const userCode = z
  .string()
  .max(20)
  .regex(
    /^[ -]*(?:[BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz][ -]*){8}$/,
    'eight letters, as the machine shows them',
  )
  .transform((text) => text.toUpperCase().replace(/[ -]/g, ''))

export const deviceCodeRequest = z.strictObject({ user_code: userCode })

/** Who asks to log in, for the person who is to confirm it. `host` and `browser` are claims. */
export const deviceRequestView = z.strictObject({
  client: z.string(),
  host: z.string().optional(),
  address: z.string().optional(),
  browser: z.string().optional(),
  /** Whether this browser connects from the same address. */
  same_address: z.boolean(),
  key: z.string(),
  asked_at: timestamp,
  ends_at: timestamp,
  /** What it will get. */
  principal: z.string(),
  roles: z.array(z.string()),
  key_seconds: z.number().int(),
})
export const deviceDecided = z.strictObject({ state: z.enum(['approved', 'denied']) })
