import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import { type Answer, APPROVAL, type Approval } from '../../domain/approval.ts'
import { challengeOf } from '../../domain/signed-question.ts'
import type { SettledGrant } from '../../ports/approval-store.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import { answeredBy } from '../people/assert-passkey.ts'
import { keyDigest } from '../people/new-passkey.ts'
import { seal } from '../people/sealed-row.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { aboutApproval } from './approval-event.ts'
import { answerable, completes, type Intention, latestExpiry } from './approval-options.ts'
import { settleGrant } from './settle-grant.ts'

/** A person's word, signed by their passkey over {@link signedQuestion}. */
export interface SignedAnswer extends Intention {
  readonly expiry: string
  readonly response: Json
}

/**
 * One person approves or denies. What they signed is built again from what is stored, so that a question that was changed, or is over,
 * cannot be answered; of two who answer at once one is first.
 * @throws BrokerError as `answerable`; `passkey_invalid`, `conflict`
 */
export const answerApproval =
  (deps: ApprovalDeps) =>
  async (caller: Caller, id: string, answer: SignedAnswer): Promise<Approval> => {
    const { user, stored, approval } = await answerable(deps, caller, id)
    requireExpiry(deps, approval, answer)
    const word = { user: user.name, verdict: answer.verdict, reason: answer.reason, expiry: answer.expiry }
    const challenge = challengeOf(approval, deps.deployment, word)
    const { passkey } = await answeredBy(deps, answer.response, challenge, user.name, user.requestId)
    const given: Answer = {
      ...word,
      passkey: passkey.id,
      publicKey: passkey.publicKey,
      at: deps.clock.now().toISOString(),
      assertion: answer.response,
    }
    const after = answered(approval, given)
    const event = deps.record({
      ...aboutApproval(after),
      type: answer.verdict === 'approve' ? 'approval.given' : 'approval.denied',
      phase: 'event',
      result: answer.verdict === 'approve' ? 'ok' : 'denied',
      actor: actorOf(user),
      request: user.requestId,
      ...(answer.reason !== null && { reason: answer.reason }),
      facts: {
        ...aboutApproval(after).facts,
        name: passkey.id,
        publicKeySha256: keyDigest(passkey),
        verdict: answer.verdict,
        expiresAt: answer.expiry,
      },
    })
    const grant = after.state === 'pending' ? undefined : await settleGrant(deps, after)
    if (
      !(await deps.approvals.update(
        stored,
        seal(deps.macs, 'approvals', after),
        [event, ...settled(deps, user, after, grant)],
        grant,
      ))
    )
      throw new BrokerError('conflict', {
        detail: 'It was answered by somebody else, or its work ended, meanwhile',
      })
    return after
  }

/** @throws BrokerError `approval_invalid` */
function requireExpiry(deps: ApprovalDeps, approval: Approval, { expiry, verdict }: SignedAnswer): void {
  const at = Date.parse(expiry)
  const now = deps.clock.now().getTime()
  // What the browser was offered a moment ago is never later than what it would be offered now.
  if (
    !(at > now && at <= latestExpiry(deps, approval, verdict).getTime()) ||
    new Date(at).toISOString() !== expiry
  )
    throw new BrokerError('approval_invalid', { detail: 'What was signed is over; open the question again' })
}

function answered(approval: Approval, given: Answer): Approval {
  const answers = [...approval.answers, given]
  const denied = APPROVAL[approval.state].deny
  const approved = APPROVAL[approval.state].approve
  if (given.verdict === 'deny' && denied) return { ...approval, state: denied, answers }
  if (given.verdict === 'approve' && completes(approval) && approved)
    return { ...approval, state: approved, answers, usableUntil: given.expiry }
  return { ...approval, answers }
}

/** What became of the grant that waited. */
const settled = (
  { record }: ApprovalDeps,
  user: Caller,
  { id, work, environment, subject, policies }: Approval,
  grant: SettledGrant | undefined,
): AuditRecord[] =>
  grant && work
    ? [
        record({
          type: grant.state === 'active' ? 'grant.active' : 'grant.denied',
          phase: 'event',
          result: grant.state === 'active' ? 'ok' : 'denied',
          actor: actorOf(user),
          sub: work.owner,
          request: user.requestId,
          task: work.task,
          grant: grant.id,
          environment,
          scope: work.scope,
          approval: id,
          policies: [...policies],
          ...(subject.kind === 'scope' && { access: [...subject.access] }),
          ...(grant.state === 'denied' && { code: 'approval_denied' as const }),
        }),
      ]
    : []
