import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Approval, AskedRequest } from '../../domain/approval.ts'
import type { Sealed } from '../../ports/people.ts'
import { actorOf } from '../identity/caller.ts'
import { isIntact, seal } from '../people/sealed-row.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { aboutApproval, askedEvent } from './approval-event.ts'
import { approversOf } from './approvers.ts'
import type { AskApproval, CallQuestion } from './call-question.ts'
import { draftQuestion } from './draft-question.ts'
import { doesTheSame } from './same-work.ts'

const LOOKED_AT = 500
const ATTEMPTS = 3

/** Asks people about calls (I4): see {@link AskApproval}. */
export const askApproval =
  (deps: ApprovalDeps): AskApproval =>
  async (question) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await requireNotDenied(deps, question)
      const known = await knownQuestion(deps, question)
      if (known) return known
      await requireSomebody(deps, question)
      const approval = draft(deps, question)
      const event = askedEvent(deps.record, question.caller, approval)
      const limits = { pending: LIMITS.pendingPerAgent, perHour: LIMITS.askedPerHour }
      const result = await deps.approvals.ask(seal(deps.macs, 'approvals', approval), limits, event)
      if (result === 'asked') return approval
      if (result === 'too-many')
        throw new BrokerError('too_many', {
          detail: `At most ${limits.pending} questions of one agent may wait for a person at once, and ${limits.perHour} be asked within an hour`,
          retryAfterSeconds: 60,
        })
    }
    throw new BrokerError('conflict', { detail: 'It is being asked already' })
  }

/**
 * What was denied is not asked again in this piece of work, whichever of its tasks asked: a sub-agent is no second try.
 * Written in another way it is no other deed. @throws BrokerError `approval_denied`
 */
async function requireNotDenied(
  deps: ApprovalDeps,
  { allowed: { task, scope }, requests }: CallQuestion,
): Promise<void> {
  const family = task.lineage[0]?.task ?? task.id
  const denied = await deps.approvals.list({ family, state: 'denied', limit: LOOKED_AT })
  if (denied.length === LOOKED_AT)
    throw new BrokerError('approval_denied', { detail: 'Too much was denied to this task; start a new one' })
  const intact = denied.filter((row) => isIntact(deps.macs, 'approvals', row))
  if (intact.some(({ body }) => doesTheSame(body, scope.root, requests)))
    throw new BrokerError('approval_denied')
}

/** The same question where it waits, or was approved and not used; what was asked on other facts is put aside. */
async function knownQuestion(deps: ApprovalDeps, question: CallQuestion): Promise<Approval | undefined> {
  const now = deps.clock.now().getTime()
  const all = await deps.approvals.list({ task: question.allowed.task.id, limit: LOOKED_AT })
  const intact = all.filter((row) => isIntact(deps.macs, 'approvals', row))
  const same = intact.filter(({ body }) => overlaps(body, question.requests))
  const open = same.filter(
    ({ body: { state, usableUntil, endsAt } }) =>
      (state === 'pending' || state === 'approved') && Date.parse(usableUntil ?? endsAt) > now,
  )
  for (const row of open) {
    if (isSame(row.body, question)) return row.body
    if (row.body.state === 'pending' && asksTheSame(row.body, question.requests))
      await putAside(deps, question, row)
  }
  return undefined
}

const requestsOf = ({ subject }: Approval): readonly AskedRequest[] =>
  subject.kind === 'call' ? subject.requests : []

const overlaps = (approval: Approval, asked: readonly AskedRequest[]): boolean =>
  requestsOf(approval).some(({ requestHash }) => asked.some((one) => one.requestHash === requestHash))

const asksTheSame = (approval: Approval, asked: readonly AskedRequest[]): boolean => {
  const requests = requestsOf(approval)
  return (
    requests.length === asked.length &&
    requests.every((one, at) => one.requestHash === asked[at]?.requestHash)
  )
}

const isSame = (approval: Approval, { requests, allowed, level, policyVersion }: CallQuestion): boolean =>
  asksTheSame(approval, requests) &&
  requestsOf(approval).every((one, at) => one.factsHash === requests[at]?.factsHash && one.usedAt === null) &&
  approval.work?.grant === allowed.grant.id &&
  approval.level === level &&
  approval.policyVersion === policyVersion

async function putAside(
  deps: ApprovalDeps,
  { caller }: CallQuestion,
  before: Sealed<Approval>,
): Promise<void> {
  const cancelled = { ...before.body, state: 'cancelled' as const }
  const event = deps.record({
    ...aboutApproval(cancelled),
    type: 'approval.expired',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
    reason: 'what it touches has changed since it was asked',
  })
  await deps.approvals.update(before, seal(deps.macs, 'approvals', cancelled), [event])
}

/** A question that nobody can answer is not asked. */
async function requireSomebody(deps: ApprovalDeps, { allowed, level }: CallQuestion): Promise<void> {
  const { snapshot } = await deps.config.current()
  const able = await approversOf(deps, snapshot)
  const needed = level === 'two-person' ? 2 : 1
  if (able.size >= needed) return
  if (snapshot.environment(allowed.task.environment)?.tier === 'protected' && able.size === 0)
    throw new BrokerError('protected_without_approver')
  throw new BrokerError('approval_required', {
    detail:
      needed === 2
        ? 'Two people have to approve this, and fewer have the role approver and a passkey: an admin has to give the role, and they have to register a passkey in the console'
        : 'Nobody can approve this yet: an admin has to give somebody the role approver, who then registers a passkey in the console',
    required: [`approval:${level}`],
  })
}

const draft = (deps: ApprovalDeps, question: CallQuestion): Approval => ({
  ...draftQuestion(deps.random, question.allowed, deps.clock.now()),
  id: deps.newId('approval'),
  level: question.level,
  subject: { kind: 'call', requests: question.requests },
  policyVersion: question.policyVersion,
  policies: question.policies,
  reason: question.reason,
})
