import { z } from 'zod'
import { token } from './fields.ts'
import { claimed } from './text.ts'

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
/** SHA-256 or HMAC-SHA-256: 43 characters of base64url or 64 of hex. Anything else may be the value itself. */
const digest = z.string().regex(/^(?:[A-Za-z0-9_-]{43}|[0-9a-f]{64})$/, 'a SHA-256 in base64url or hex')
const time = z.iso.datetime()
const flag = z.boolean()

/**
 * Everything an event may say beyond its own fields, and in which form. This is the allow-list: a key that is not here
 * is refused, so that nobody logs a body, a header or a credential by accident. Texts are claims of whoever acted.
 */
export const FACTS = {
  // What was asked
  purpose: claimed(400),
  ticket: claimed(100),
  idempotent: flag,
  requestedTtlSeconds: count,
  ttlSeconds: count,
  ttlCappedBy: token(40),
  expiresAt: time,
  deadBy: time,
  parentTask: token(40),
  /** What the client says it did about stray secrets where the work is done, and which finding it let pass. */
  scan: token(20),
  /** The client says that the work is done in a sandbox. */
  sandbox: flag,
  finding: token(64),
  scopes: count,
  grants: count,
  // Who and from where
  owner: token(200),
  tool: claimed(100),
  model: claimed(100),
  source: token(64),
  role: token(40),
  acr: token(60),
  amr: token(120),
  browser: claimed(160),
  keyThumbprint: digest,
  workload: claimed(300),
  // What it is about
  kind: token(60),
  name: token(200),
  provider: token(60),
  connector: token(60),
  root: token(200),
  rootVersion: count,
  anchor: token(400),
  tier: token(40),
  side: token(20),
  /** Which sides lose data by it. */
  erases: token(20),
  change: token(60),
  version: token(100),
  count,
  // Credentials: digests only
  credentialSha256: digest,
  rootFingerprint: digest,
  /** Of the key of a passkey (COSE), so that what it signed can be checked later. */
  publicKeySha256: digest,
  vendorName: token(200),
  vendorId: token(200),
  credentialDead: flag,
  sessionsDead: flag,
  // Calls
  operation: token(200),
  operations: count,
  method: token(20),
  requestHash: digest,
  argumentsHash: digest,
  factsHash: digest,
  /** Of what is on record about getting back what the root can destroy: agents may see that something is, not what. */
  recoveryHash: digest,
  /** Names of what is touched, as the broker resolved it; the first few. */
  anchors: token(1000),
  /** Why the connector does not read a request. */
  refusal: token(60),
  /** Why an answer ended before the vendor ended it. */
  cut: token(40),
  vendorRequestId: token(200),
  upstreamStatus: count,
  requestBytes: count,
  responseBytes: count,
  redactions: count,
  durationMs: count,
  attempt: count,
  // Decisions
  verdict: token(40),
  /** Under which break-glass it was permitted. */
  breakGlass: token(40),
  level: token(40),
  required: claimed(200),
  renewals: count,
  // The broker itself
  configHash: digest,
  keyId: token(120),
  checkpointSize: count,
  fromIndex: count,
  toIndex: count,
  /** SHA-256 over the leaf hashes of a task, in their order. */
  leavesHash: digest,
  children: count,
} as const

/** Flat, allow-listed and length-capped: see {@link FACTS}. */
export const facts = z.strictObject(FACTS).partial()
