import { z } from 'zod'
import { ACCESS } from '../access.ts'
import { canonicalJson, type Json } from '../canonical-json.ts'
import { ERRORS, type ErrorCode } from '../errors.ts'
import { type FillRandom, idPattern, newId } from '../ids.ts'
import { EVENT_TYPES } from './event-types.ts'
import { facts } from './facts.ts'
import { token } from './fields.ts'
import { leafHash } from './merkle.ts'
import { claimed } from './text.ts'

const id = (kind: Parameters<typeof idPattern>[0]) => z.string().regex(idPattern(kind))
const MAX_POLICIES = 64

const actor = z.strictObject({
  kind: z.enum(['agent', 'user', 'system']),
  /** The agent's or user's id or name; for `system` the part that acted, such as `sweeper`. */
  id: token(200),
  /** RFC 7638 thumbprint of the key that proved it (RFC 9449 `jkt`). */
  jkt: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional(),
  /** The session in which a person acted, where no key signed. */
  session: id('session').optional(),
})

/**
 * One line of the audit log. Strict: unknown fields and unknown facts are refused, every text is bounded. An `intent`
 * comes before an effect and is answered by one `outcome` that names it; an `event` has no effect outside the database.
 */
export const auditEvent = z.strictObject({
  v: z.literal(1),
  id: id('event'),
  /** When it happened by the clock of the replica that wrote it: ISO 8601, milliseconds, UTC. */
  at: z.iso.datetime({ precision: 3 }),
  type: z.enum(EVENT_TYPES),
  phase: z.enum(['intent', 'outcome', 'event']),
  /** `unknown`: the effect may or may not have happened. */
  result: z.enum(['ok', 'denied', 'failed', 'unknown']).optional(),
  /** On an outcome: the id of the intent it answers. */
  intent: id('event').optional(),
  actor,
  /** The user who is accountable, when someone else acts (RFC 8693 `sub`). */
  sub: token(200).optional(),
  /** Correlates with logs and responses. */
  request: token(80).optional(),
  task: id('task').optional(),
  grant: id('grant').optional(),
  lease: id('lease').optional(),
  approval: id('approval').optional(),
  environment: token(100).optional(),
  scope: token(100).optional(),
  access: z.array(z.enum(ACCESS)).max(ACCESS.length).optional(),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).optional(),
  /** For people. May repeat what an agent or a vendor said. */
  reason: claimed(500).optional(),
  /** Ids of the policies that determined the decision; the first 64. */
  policies: z
    .array(token(120))
    .transform((list) => list.slice(0, MAX_POLICIES))
    .optional(),
  policyVersion: token(120).optional(),
  facts: facts.optional(),
})

export type AuditEvent = z.infer<typeof auditEvent>

/** What the caller says; {@link newEvent} adds version, id and time. */
export type AuditEventFields = Omit<AuditEvent, 'v' | 'id' | 'at'>

export const newEvent = (fields: AuditEventFields, now: Date, random: FillRandom): AuditEvent => ({
  v: 1,
  id: newId('event', now, random),
  at: now.toISOString(),
  ...fields,
})

/** What is stored of an event. */
export interface AuditRecord {
  /** Canonical JSON (RFC 8785). */
  readonly record: string
  /** SHA-256(0x00 ‖ record), the RFC 6962 leaf hash: 32 bytes. */
  readonly leaf: Buffer
}

/**
 * Checks the event against the allow-list and makes its stored form. Claimed texts are shortened and cleaned.
 * @throws TypeError naming the fields (never their values) that are unknown, malformed or too long.
 */
export function auditRecord(event: AuditEvent): AuditRecord {
  const parsed = auditEvent.safeParse(event)
  if (!parsed.success) {
    const at = parsed.error.issues.map(
      (issue) => [...issue.path, ...unknownKeys(issue)].join('.') || '(event)',
    )
    throw new TypeError(`not an audit event: ${at.join(', ')}`)
  }
  const record = canonicalJson(parsed.data as unknown as Json)
  return { record, leaf: leafHash(record) }
}

// A key's name comes from our own code, but a caller may have spread foreign data into facts.
const unknownKeys = (issue: z.core.$ZodIssue): string[] =>
  issue.code === 'unrecognized_keys' ? [`{${issue.keys.length} unknown}`] : []
