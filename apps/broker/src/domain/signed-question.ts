import { canonicalHash } from '@credbroker/core/canonical-json'
import type { Approval, Subject } from './approval.ts'

/** What a person says to a question, as it is signed. */
export interface Verdict {
  readonly user: string
  readonly verdict: 'approve' | 'deny'
  readonly reason: string | null
  /** ISO 8601: when what is signed runs out. */
  readonly expiry: string
}

/** One hash of all that would be done: of a batch, over the whole list in its order. */
export const requestHashOf = (subject: Subject): string =>
  subject.kind === 'call'
    ? canonicalHash(subject.requests.map(({ requestHash }) => requestHash))
    : subject.requestHash

/** One hash of all that was found out. */
export const factsHashOf = (subject: Subject): string =>
  subject.kind === 'call'
    ? canonicalHash(subject.requests.map(({ factsHash }) => factsHash))
    : subject.factsHash

/** The document whose SHA-256 is the challenge that a passkey signs (I4). A browser can show it whole, and anybody can hash it again. */
export const signedQuestion = (
  { id, nonce, work, subject, level, policyVersion }: Approval,
  deployment: string,
  { user, verdict, reason, expiry }: Verdict,
): { readonly [member: string]: string | null } => ({
  approval: id,
  nonce,
  deployment,
  task: work?.task ?? null,
  grant: work?.grant ?? null,
  jkt: work?.jkt ?? null,
  request: requestHashOf(subject),
  facts: factsHashOf(subject),
  policy_version: policyVersion,
  level,
  user,
  verdict,
  reason,
  expiry,
})

/** The challenge: base64url of the SHA-256 of the canonical JSON (RFC 8785). */
export const challengeOf = (approval: Approval, deployment: string, verdict: Verdict): string =>
  canonicalHash(signedQuestion(approval, deployment, verdict))
