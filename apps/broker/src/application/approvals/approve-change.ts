import { canonicalHash, type Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Approval } from '../../domain/approval.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Sealed } from '../../ports/people.ts'
import { actorOf } from '../identity/caller.ts'
import { isIntact, seal } from '../people/sealed-row.ts'
import { aboutApproval } from './approval-event.ts'
import { ApprovalPending } from './approval-pending.ts'
import type { ChangeDeps, ChangeQuestion, SpentApproval } from './change-question.ts'
import { groundHash } from './describe-change.ts'
import { fitChange } from './fit-change.ts'

/** At most this many questions of one person wait at once. */
const WAITING = { pending: 20, perHour: 200 }
const LOOKED_AT = 200

/**
 * I4c: the approval under which this change may be made now. Where the request brought none, people are asked, once for the
 * same change on the same ground.
 * @throws ApprovalPending where they are asked, or have approved and the request has to name it
 * @throws BrokerError `approval_invalid`, `approval_denied`, `tampered`
 */
export async function approveChange(
  deps: ChangeDeps,
  question: ChangeQuestion,
  given: string | undefined,
): Promise<SpentApproval> {
  if (given !== undefined) return await fitChange(deps, question, given)
  throw new ApprovalPending((await known(deps, question)) ?? (await asked(deps, question)))
}

const requesterOf = ({ caller }: ChangeQuestion): string => `user:${caller.name}`

/** What waits or was approved already. What was asked on older ground can no longer be used, so nobody is to answer it. */
async function known(deps: ChangeDeps, question: ChangeQuestion): Promise<Approval | undefined> {
  const ground = groundHash(question.snapshot)
  const now = deps.clock.now().toISOString()
  let same: Approval | undefined
  for (const state of ['pending', 'approved'] as const) {
    for (const row of await deps.approvals.list({ state, limit: LOOKED_AT })) {
      const { subject, requester, endsAt, usableUntil } = row.body
      if (subject.kind !== 'config' || requester !== requesterOf(question)) continue
      if (subject.requestHash !== question.hash || (usableUntil ?? endsAt) <= now) continue
      // One that was changed by hand is nobody's question: it is asked again (I13).
      if (!isIntact(deps.macs, 'approvals', row)) continue
      if (subject.factsHash === ground) same ??= row.body
      else await overtaken(deps, question, row)
    }
  }
  return same
}

async function overtaken(
  { approvals, macs, record }: ChangeDeps,
  { caller }: ChangeQuestion,
  before: Sealed<Approval>,
): Promise<void> {
  const after = seal(macs, 'approvals', { ...before.body, state: 'cancelled' as const })
  const event = record({
    ...aboutApproval(before.body),
    type: 'approval.expired',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
    reason: 'the configuration changed since it was asked',
  })
  await approvals.update(before, after, [event])
}

async function asked(deps: ChangeDeps, question: ChangeQuestion): Promise<Approval> {
  const { caller, snapshot, hash, lines, environment, level, reason } = question
  const now = deps.clock.now()
  const factsHash = groundHash(snapshot)
  const approval: Approval = {
    id: deps.newId('approval'),
    nonce: Buffer.from(deps.random(new Uint8Array(16))).toString('base64url'),
    state: 'pending',
    level,
    work: null,
    environment,
    requester: requesterOf(question),
    subject: { kind: 'config', requestHash: hash, factsHash, changes: lines },
    policyVersion: policyVersion(snapshot),
    policies: [],
    reason,
    askedAt: now.toISOString(),
    endsAt: new Date(now.getTime() + LIMITS.questionSeconds * 1000).toISOString(),
    answers: [],
    usableUntil: null,
  }
  const event = deps.record({
    ...aboutApproval(approval),
    type: 'approval.asked',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
    reason,
  })
  const stored = await deps.approvals.ask(seal(deps.macs, 'approvals', approval), WAITING, event)
  if (stored === 'too-many')
    throw new BrokerError('too_many', { detail: 'You have as many questions waiting as anyone may' })
  if (stored === 'asked') return approval
  const first = await known(deps, question)
  if (!first) throw new BrokerError('conflict', { detail: 'It is being asked already' })
  return first
}

/** Of all that is stored, guardrails apart, which are the same for everybody who runs this version. */
const policyVersion = ({ rows }: ConfigSnapshot): string =>
  canonicalHash(rows.policies.map(({ row: { name, text } }): Json => [name, text]))
