import { z } from 'zod'
import { ACCESS } from '../access.ts'
import { idPattern } from '../ids.ts'
import { access, side, timestamp } from '../names.ts'

/** Which form it is, so that a verifier refuses what it does not know. */
export const RECEIPT_FORMAT = 'credbroker-receipt/1'

const id = (kind: Parameters<typeof idPattern>[0]) => z.string().regex(idPattern(kind))
const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/)
const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/)
const index = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const count = index

/** One record of the audit log, and that it is in the tree which the checkpoint signs (RFC 9162 §2.1.3). */
export const receiptLeaf = z.strictObject({
  index,
  /** The text that the leaf hashes, exactly. */
  record: z.string().max(65_536),
  proof: z.array(base64).max(64),
})
export type ReceiptLeaf = z.infer<typeof receiptLeaf>

/** What one person signed about one question, and with what. */
export const receiptAnswer = z.strictObject({
  approval: id('approval'),
  passkey: id('passkey'),
  /** Its SHA-256 by RFC 8785 is the challenge. */
  document: z.record(z.string(), z.string().nullable()),
  /** WebAuthn Level 3 §5.2.2. */
  assertion: z.strictObject({
    authenticator_data: base64url,
    client_data: base64url,
    signature: base64url,
  }),
  /** COSE_Key (RFC 9052 §7), as it was registered. */
  public_key: base64url,
})
export type ReceiptAnswer = z.infer<typeof receiptAnswer>

const operation = z.strictObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) })

/** What was asked, in full: the log and the signatures hold digests of it. */
export const receiptQuestion = z.strictObject({
  approval: id('approval'),
  requests: z.array(
    z.strictObject({
      request_hash: base64url,
      operations: z.array(operation),
      /** What the broker found out about it; its digest is a part of what was signed. */
      found: z.record(z.string(), z.unknown()),
    }),
  ),
})
export type ReceiptQuestion = z.infer<typeof receiptQuestion>

/** What was on record about getting back what a root can destroy; the log holds its digest. */
export const receiptRecovery = z.strictObject({
  digest: base64url,
  record: z.strictObject({
    backups: z.string().optional(),
    authority: z.string().optional(),
    lastRestoreTest: z.string().optional(),
    separateAuthority: z.boolean().optional(),
  }),
})
export type ReceiptRecovery = z.infer<typeof receiptRecovery>

export const RECEIPT_STATES = ['interim', 'final'] as const

const result = z.enum(['ok', 'denied', 'failed', 'unknown', 'open'])
/** As the record of the root said at that time. */
const backups = z.strictObject({
  where: z.string().optional(),
  authority: z.string().optional(),
  last_restore_test: z.string().optional(),
  separate_authority: z.boolean().optional(),
})
export type ReceiptBackups = z.infer<typeof backups>

/** What is still open: the task, a credential that lives, a record of how many there are. */
const open = z.strictObject({
  what: z.enum(['task', 'credential', 'closing']),
  id: z.string().optional(),
})

const summaryTask = z.strictObject({
  id: id('task'),
  agent: z.string(),
  owner: z.string().optional(),
  /** As configured for the agent. */
  tool: z.string().optional(),
  model: z.string().optional(),
  environment: z.string().optional(),
  tier: z.string().optional(),
  /** Claims of the agent. */
  purpose: z.string().optional(),
  ticket: z.string().optional(),
  /** What it said of stray secrets where it worked, and those it let pass. */
  scan: z.string().optional(),
  /** It said that it worked in a sandbox. */
  sandbox: z.boolean().optional(),
  allowed_findings: z.array(z.strictObject({ finding: z.string(), reason: z.string() })).optional(),
  parent: id('task').optional(),
  sub_agent: z.string().optional(),
  /** RFC 7638 thumbprint of the key that its tokens are bound to. */
  key: z.string().optional(),
  token_type: z.literal('DPoP'),
  started_at: timestamp.optional(),
  ended_at: timestamp.optional(),
  end_reason: z.string().optional(),
})

const summaryGrant = z.strictObject({
  grant: z.string(),
  scope: z.string(),
  access: z.array(access),
  /** Where the scope's credential comes from: a provider's name. */
  provider: z.string().optional(),
  root: z.string().optional(),
  /** `minted`: a credential of its own for the task. `gateway`: the broker makes the calls, the agent holds nothing. */
  token: z.enum(['minted', 'gateway']).optional(),
  state: z.enum(['pending', 'active', 'denied', 'ended']),
  code: z.string().optional(),
  reason: z.string().optional(),
  approval: z.string().optional(),
  policies: z.array(z.string()),
  break_glass: z.string().optional(),
  at: timestamp,
  ended_at: timestamp.optional(),
  end_reason: z.string().optional(),
})

const summaryCredential = z.strictObject({
  lease: z.string(),
  scope: z.string(),
  grant: z.string().optional(),
  provider: z.string().optional(),
  /** The name it has at the vendor. */
  name: z.string().optional(),
  access: z.array(access),
  /** Of the credential; vendors' own logs may show the same digest. */
  sha256: z.string().optional(),
  approval: z.string().optional(),
  result,
  asked_at: timestamp,
  minted_at: timestamp.optional(),
  expires_at: z.string().optional(),
  /** When it is dead even if nobody ends it; absent of one that was minted where its vendor never does. */
  dead_by: z.string().optional(),
  /** When the broker saw, or knew, that it is dead. */
  dead_at: timestamp.optional(),
  credential_dead: z.boolean(),
  sessions_dead: z.boolean(),
  /** Tries at revoking it that the log tells of. */
  attempts: count,
  backups: backups.optional(),
})

const summaryCall = z.strictObject({
  /** Of its intent. */
  index,
  at: timestamp,
  scope: z.string(),
  connector: z.string().optional(),
  operation: z.string().optional(),
  operations: count.optional(),
  method: z.string().optional(),
  access: z.array(access),
  sides: z.array(side),
  erases: z.array(side),
  anchors: z.array(z.string()),
  approval: z.string().optional(),
  policies: z.array(z.string()),
  break_glass: z.string().optional(),
  /** `unknown`: it may or may not have happened. `open`: under way when this was made. */
  result,
  code: z.string().optional(),
  status: z.number().int().optional(),
  duration_ms: count.optional(),
  vendor_request: z.string().optional(),
  cut: z.string().optional(),
})

const summaryApproval = z.strictObject({
  approval: z.string(),
  kind: z.string().optional(),
  level: z.string().optional(),
  scope: z.string().optional(),
  operation: z.string().optional(),
  requests: count.optional(),
  reason: z.string().optional(),
  asked_at: timestamp.optional(),
  answers: z.array(
    z.strictObject({
      user: z.string(),
      verdict: z.enum(['approve', 'deny']),
      at: timestamp,
      until: z.string().optional(),
      reason: z.string().optional(),
      passkey: z.string().optional(),
      /** Since when the log knows the passkey; absent where its registration is not in this receipt. */
      passkey_since: timestamp.optional(),
    }),
  ),
  /** What was done under it: indices of the intents. */
  used_by: z.array(index),
  /** It ended without having been used up. */
  expired: z.boolean(),
})

const summaryDestroyed = z.strictObject({
  /** Of the call's intent. */
  index,
  at: timestamp,
  scope: z.string(),
  operation: z.string(),
  /** Exactly what was named, where people were asked about it; the log holds a digest otherwise. */
  arguments: z.array(operation).optional(),
  anchors: z.array(z.string()),
  access: z.array(access),
  erases: z.array(side),
  result: z.enum(['ok', 'unknown']),
  /** The vendor's HTTP status. */
  status: z.number().int().optional(),
  /** How long it took. */
  duration_ms: count.optional(),
  approval: z.string().optional(),
  /** As the record of the root said when it was called. */
  backups: backups.optional(),
})

const summaryDenial = z.strictObject({
  index,
  at: timestamp,
  what: z.string(),
  scope: z.string().optional(),
  operation: z.string().optional(),
  access: z.array(z.enum(ACCESS)),
  code: z.string().optional(),
  reason: z.string().optional(),
})

/** The readable form. Derived from the leaves and from what their digests bind, by one function: packages/core/src/receipt/summarise.ts. */
export const receiptSummary = z.strictObject({
  state: z.enum(RECEIPT_STATES),
  open: z.array(open),
  task: summaryTask,
  grants: z.array(summaryGrant),
  credentials: z.array(summaryCredential),
  calls: z.array(summaryCall),
  /** Questions that the broker asked the vendor to find out what a call touches. */
  lookups: count,
  denials: z.array(summaryDenial),
  approvals: z.array(summaryApproval),
  destroyed: z.array(summaryDestroyed),
  /** Announced, and nobody knows whether it took effect. */
  unknown: z.array(z.strictObject({ index, at: timestamp, type: z.string() })),
  /** Each has a receipt of its own. */
  children: z.array(z.strictObject({ task: id('task'), sub_agent: z.string().optional(), at: timestamp })),
  records: count,
  /** The log itself says that these are all records of the task before this index; absent while it is open. */
  complete_before: index.optional(),
  checkpoint: z.strictObject({ origin: z.string(), size: count }),
})
export type ReceiptSummary = z.infer<typeof receiptSummary>

/** GET /v1/receipts/:task, a page: where `next_cursor` is set, the rest is asked for with it, of the same checkpoint. */
export const receipt = z.strictObject({
  format: z.literal(RECEIPT_FORMAT),
  task: id('task'),
  /** A C2SP tlog-checkpoint. */
  checkpoint: z.string().max(65_536),
  /** In the order of their indices: the task's own records, the first of each child task, and registrations of the passkeys that approved. */
  leaves: z.array(receiptLeaf),
  answers: z.array(receiptAnswer),
  questions: z.array(receiptQuestion),
  recovery: z.array(receiptRecovery),
  /** Given to an agent: answers, questions and where backups are, are for people. */
  withheld: z.boolean(),
  /** Where one page holds all. Of several, join them and call `summarise`. */
  summary: receiptSummary.optional(),
  next_cursor: z.string().optional(),
})
export type Receipt = z.infer<typeof receipt>
