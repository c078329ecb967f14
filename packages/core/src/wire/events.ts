import { z } from 'zod'
import { timestamp } from '../names.ts'

/**
 * What one message of `GET /v1/events` says in `data`: that something happened, and to what. Its `id` is the number of the audit
 * entry, its `event` the entry's type. For what exactly happened, ask the log or the thing itself.
 */
export const eventMessage = z.strictObject({
  index: z.number().int(),
  at: timestamp,
  type: z.string(),
  phase: z.string(),
  result: z.string().optional(),
  code: z.string().optional(),
  actor: z.strictObject({ kind: z.string(), id: z.string() }),
  task: z.string().optional(),
  grant: z.string().optional(),
  lease: z.string().optional(),
  approval: z.string().optional(),
  environment: z.string().optional(),
  scope: z.string().optional(),
})
export type EventMessage = z.infer<typeof eventMessage>

/** An entry of the audit log, its record parsed: see docs/audit.md for the fields. */
export const auditItem = z.strictObject({ index: z.number().int(), event: z.record(z.string(), z.unknown()) })

/** GET /v1/audit/events: newest first. */
export const auditSearchPage = z.strictObject({
  items: z.array(auditItem),
  next_cursor: z.string().optional(),
})
