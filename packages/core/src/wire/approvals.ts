import { z } from 'zod'
import { idPattern } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { access, freeText, name, side, tier, timestamp } from '../names.ts'

const id = z.string().regex(idPattern('approval'))
const states = z.enum(['pending', 'approved', 'denied', 'used', 'expired', 'cancelled'])
const level = z.enum(['passkey', 'two-person'])

/** One request, exactly, and what the broker found out about it. */
export const askedRequest = z.strictObject({
  operations: z.array(z.strictObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) })),
  method: z.string(),
  target: z.string(),
  /** Its beginning, where it is long. */
  body: z.string().optional(),
  access: z.array(access),
  touches: z.array(side),
  erases: z.array(side),
  anchors: z.array(z.string()),
  environments: z.array(name),
  facts: z.record(z.string(), z.unknown()),
  /** False where what is lost cannot be got back through the vendor. */
  reversible: z.boolean(),
  used_at: timestamp.optional(),
})

/** What losing it would cost, from the root's record. Shown to people only. */
const loss = z.strictObject({
  root: name,
  service: z.string().optional(),
  on_call: z.string().optional(),
  backups: z.string().optional(),
  authority: z.string().optional(),
  last_restore_test: z.string().optional(),
})

export const approval = z.strictObject({
  id,
  state: states,
  kind: z.enum(['call', 'scope', 'config']),
  level,
  environment: z.string(),
  tier: tier.optional(),
  requester: z.string(),
  /** Why a person is asked: the words of the policy. After an answer, what whoever denied it said. */
  reason: z.string(),
  policies: z.array(z.string()),
  /** Where people answer. */
  url: z.string(),
  asked_at: timestamp,
  ends_at: timestamp,
  usable_until: timestamp.optional(),
  /** Absent for changes of the configuration. */
  work: z
    .strictObject({
      task: z.string(),
      grant: z.string(),
      agent: name,
      owner: name,
      scope: name,
      /** Claims of the agent or of its owner, made harmless to show; nothing was checked about them. */
      claimed: z.strictObject({
        purpose: z.string(),
        ticket: z.string().optional(),
        tool: z.string().optional(),
        model: z.string().optional(),
      }),
    })
    .optional(),
  requests: z.array(askedRequest).optional(),
  /** Anything in this scope until then. */
  scope: z.strictObject({ access: z.array(access), until: timestamp, renewals: z.number().int() }).optional(),
  /** One line each, as `broker apply --plan` shows them. */
  changes: z.array(z.string()).optional(),
  loss: loss.optional(),
  /** Shown to people only. */
  answers: z
    .array(
      z.strictObject({
        user: name,
        verdict: z.enum(['approve', 'deny']),
        reason: z.string().optional(),
        at: timestamp,
      }),
    )
    .optional(),
  /** Why you, who look at it, may not answer it. */
  not_yours: z.string().optional(),
  /** How many more people have to approve. */
  missing: z.number().int(),
})
export type ApprovalView = z.infer<typeof approval>

export const approvalAnswer = z.strictObject({ approval, detail: z.string() })

export const intention = z.strictObject({ reason: freeText(500).optional() })
export const optionsRequest = intention.extend({ verdict: z.enum(['approve', 'deny']) })
export const optionsAnswer = z.strictObject({
  /** What is signed: its SHA-256 by RFC 8785 is the challenge. */
  document: z.record(z.string(), z.string().nullable()),
  expiry: z.string(),
  options: z.record(z.string(), z.unknown()),
})
export const signedAnswer = intention.extend({
  /** As it was offered. */
  expiry: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
  /** `PublicKeyCredential.toJSON()` (WebAuthn Level 3 §5.1). */
  response: z.record(z.string(), z.unknown()),
})

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/)
export const batchRequest = z.strictObject({
  scope: name,
  requests: z
    .array(
      z.strictObject({
        method: z.string().regex(/^[A-Z]{1,10}$/),
        path: z.string().min(1).max(4096),
        headers: z.record(headerName, z.string().max(1000)).optional(),
        body: z
          .string()
          .max(64 * 1024)
          .optional(),
      }),
    )
    .min(1)
    .max(LIMITS.batchRequests),
})
