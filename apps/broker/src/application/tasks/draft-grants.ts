import type { FillRandom } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import type { Approval } from '../../domain/approval.ts'
import { approverExists } from '../../domain/approver-exists.ts'
import type { Agent } from '../../domain/config.ts'
import { type Grant, grantMacFields } from '../../domain/grant.ts'
import type { Authority } from '../../domain/narrowing.ts'
import { macInput } from '../../domain/row-mac.ts'
import { agentOf, type Task } from '../../domain/task.ts'
import type { NewId } from '../../ports/clock.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Sealed } from '../../ports/people.ts'
import type { DraftedGrant, SideHold } from '../../ports/task-store.ts'
import { scopeQuestion } from '../approvals/scope-question.ts'
import type { Config } from '../config/live-config.ts'
import { seal } from '../people/sealed-row.ts'
import { decideScope, type ScopeDecision } from './decide-scopes.ts'
import { groundOf } from './ground.ts'
import { decideWithin } from './within-parent.ts'

/**
 * Decides each scope and drafts what is granted or waits. Shared with asking for more in a running task.
 * `mayWait`: how many questions of this agent may still be put to a person; what is beyond them is denied (I4).
 * `within`: what the parent hands on to a child task (I9).
 */
export function draftGrants(
  deps: { readonly macs: Macs; readonly newId: NewId; readonly random: FillRandom },
  config: Config,
  agent: Agent,
  task: Task,
  scopes: readonly string[],
  now: Date,
  mayWait: number = LIMITS.pendingPerAgent,
  within?: Authority,
): {
  decisions: ScopeDecision[]
  grants: DraftedGrant[]
  holds: SideHold[]
  /** What the pending grants wait for. */
  questions: Sealed<Approval>[]
} {
  const ttlSeconds = Math.max(1, Math.floor((task.endsAt.getTime() - now.getTime()) / 1000))
  const { environment, purpose, ticket, scan } = task
  const question = { agent, environment, purpose, ticket, scan, phase: 'grant' as const, ttlSeconds, now }
  const decide = (name: string) => decideScope(config, name, question)
  let waiting = 0
  const decisions = [...new Set(scopes)].map((name) => {
    const decision = within ? decideWithin(within, name, decide) : decide(name)
    if (decision.verdict !== 'approval') return decision
    if (++waiting > mayWait) return beyondPending(decision)
    return approverExists(config.snapshot) ? decision : nobodyYet(decision)
  })
  const grants: DraftedGrant[] = []
  const holds: SideHold[] = []
  const questions: Sealed<Approval>[] = []
  for (const decision of decisions) {
    if (decision.verdict === 'deny') continue
    const grant: Grant = {
      id: deps.newId('grant'),
      task: task.id,
      environment,
      scope: decision.scope.name,
      access: decision.access,
      state: decision.verdict === 'permit' ? 'active' : 'pending',
      endReason: null,
      endsAt: earliest(
        task.endsAt,
        within?.scopes.get(decision.scope.name)?.endsAt,
        decision.breakGlass && Date.parse(decision.breakGlass.endsAt),
      ),
      endedAt: null,
      policies: decision.policies,
      approval: decision.verdict === 'approval' ? deps.newId('approval') : null,
    }
    const ground = groundOf(config.snapshot, decision.scope, decision.verdict)
    grants.push({
      ...grant,
      ground,
      mac: deps.macs.mac('row', macInput('grants', grantMacFields(grant, task))),
    })
    holds.push(...sideHolds(config, agent, task, grant, decision))
    if (decision.verdict === 'approval' && grant.approval) {
      const asked = { ...decision, agent, task, grant: { ...grant, approval: grant.approval } }
      questions.push(seal(deps.macs, 'approvals', scopeQuestion(deps.random, config, asked, now)))
    }
  }
  return { decisions, grants, holds, questions }
}

const beyondPending = (decision: Extract<ScopeDecision, { verdict: 'approval' }>): ScopeDecision => ({
  verdict: 'deny',
  scope: decision.scope.name,
  code: 'too_many',
  reason: `At most ${LIMITS.pendingPerAgent} grants of one agent may wait for a person at once; end or decide the others first`,
  policies: decision.policies,
})

const nobodyYet = (decision: Extract<ScopeDecision, { verdict: 'approval' }>): ScopeDecision => ({
  ...decision,
  reason: `${decision.reason} Nobody can yet: an admin has to give somebody the role approver, who then registers a passkey in the console`,
})

const earliest = (end: Date, ...others: readonly (number | undefined)[]): Date =>
  new Date(Math.min(end.getTime(), ...others.filter((other) => other !== undefined)))

const DAY_MS = 24 * 3600 * 1000

/**
 * I5: more than `read` over a side is held by the agent and those whose child task it is, `delete` by its owner too,
 * until a day after the grant's end.
 */
export function sideHolds(
  { snapshot }: Config,
  agent: Agent,
  task: Task,
  grant: Grant,
  { scope }: Pick<Exclude<ScopeDecision, { verdict: 'deny' }>, 'scope'>,
): SideHold[] {
  const agents = new Set([agent.name, ...task.lineage.map(({ actor }) => agentOf(actor))])
  const holders = [
    ...(grant.access.some((level) => level !== 'read') ? [...agents].map((name) => `agent:${name}`) : []),
    ...(grant.access.includes('delete') ? [`owner:${agent.owner}`] : []),
  ]
  return holders.map((holder) => ({
    grant: grant.id,
    holder,
    environment: task.environment,
    recoveryGroup: snapshot.environment(task.environment)?.recoveryGroup ?? task.environment,
    side: scope.side,
    until: new Date(grant.endsAt.getTime() + DAY_MS),
  }))
}
