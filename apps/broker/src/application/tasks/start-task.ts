import type { AuditRecord } from '@credbroker/core/audit/event'
import { canonicalHash } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import type { TaskRequest } from '@credbroker/core/wire/tasks'
import type { Grant } from '../../domain/grant.ts'
import { capTask, type Task, type TaskCap } from '../../domain/task.ts'
import type { AuditLog } from '../../ports/audit.ts'
import type { Clock, NewId } from '../../ports/clock.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { TaskReader, TaskStart, TaskStarter } from '../../ports/task-store.ts'
import type { ProofBook } from '../../ports/use-reader.ts'
import { askedEvent } from '../approvals/approval-event.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { Config, LiveConfig } from '../config/live-config.ts'
import { liveAgent } from '../identity/authenticate.ts'
import { type AgentCaller, actorOf } from '../identity/caller.ts'
import { requireTrust } from '../identity/require-trust.ts'
import { allowedFindings, keptScan, scanFact } from './allowed-findings.ts'
import type { ScopeDecision } from './decide-scopes.ts'
import { draftGrants } from './draft-grants.ts'
import { grantEvents, madeOf } from './grant-events.ts'

export interface StartTaskDeps {
  readonly config: LiveConfig
  readonly starter: TaskStarter
  readonly reader: TaskReader
  readonly proofs: ProofBook
  readonly macs: Macs
  readonly record: Recorder
  readonly audit: AuditLog
  readonly clock: Clock
  readonly newId: NewId
  readonly random: FillRandom
  /** Agents that have too many living tasks, as this replica last counted. */
  readonly crowded: { has(agent: string): boolean }
}

export interface StartedTask {
  readonly task: Task
  readonly grants: readonly Grant[]
  readonly decisions: readonly ScopeDecision[]
  readonly cappedBy: TaskCap
}

/** What a client asks for, parsed; durations are seconds. */
export interface TaskOrder extends Omit<TaskRequest, 'ttl' | 'heartbeat'> {
  readonly ttl?: number | undefined
  readonly heartbeat?: number | undefined
}

/** Carries the decision per scope, so that an agent learns what would have to change. */
export class NothingGranted extends BrokerError {
  readonly decisions: readonly ScopeDecision[]
  readonly environment: string

  constructor(decisions: readonly ScopeDecision[], environment: string) {
    const denials = decisions.flatMap((decision) => (decision.verdict === 'deny' ? [decision] : []))
    const codes = new Set(denials.map(({ code }) => code))
    super(codes.size === 1 && denials[0] ? denials[0].code : 'denied', {
      detail: denials[0]?.reason ?? 'Nothing granted',
    })
    this.decisions = decisions
    this.environment = environment
  }
}

// Each attempt decides on a newer configuration; more than a few in a row means somebody applies in a loop.
const ATTEMPTS = 5

/**
 * Starts a task with whatever of the scopes is allowed. What needs a person waits as a pending grant; a task with
 * neither is not created. One statement writes task, grants, side holds, proof and audit (I2, I5, I6).
 * @throws NothingGranted, BrokerError `both_sides`, `replayed_proof`, `unauthenticated`, `idempotency_mismatch`
 */
export const startTask =
  (deps: StartTaskDeps) =>
  async (caller: AgentCaller, order: TaskOrder, idempotencyKey?: string): Promise<StartedTask> => {
    const idempotency =
      idempotencyKey === undefined
        ? undefined
        : { key: idempotencyKey, requestHash: canonicalHash({ ...order }) }
    if (idempotency) {
      const repeated = await earlier(deps, caller, order, idempotency)
      if (repeated) return repeated
    }
    if (deps.crowded.has(caller.name)) {
      throw new BrokerError('too_many', {
        detail: `At most ${LIMITS.tasksPerAgent} tasks of one agent may live at once`,
        retryAfterSeconds: 60,
      })
    }
    if (caller.lentFor && (caller.lentFor.environment ?? order.environment) !== order.environment)
      return await refuseEnvironment(deps, caller, order)
    let mayWait: number | undefined
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const config = await deps.config.current()
      const draft = draftTask(deps, config, caller, order, mayWait)
      if (draft.grants.length === 0) {
        // No statement follows that would notice a newer configuration.
        if ((await deps.config.newest()).snapshot.version !== config.snapshot.version) continue
        return await refuse(deps, caller, order, draft.decisions)
      }
      const outcome = await deps.starter.start({ ...draft.start, ...(idempotency && { idempotency }) })
      switch (outcome.result) {
        case 'started':
          return draft
        case 'stale':
          await deps.config.refresh()
          continue
        case 'too-many-pending':
          mayWait = outcome.free
          continue
        case 'replayed':
          throw new BrokerError('replayed_proof')
        case 'key-gone':
          throw new BrokerError('unauthenticated', { detail: 'This key is no longer enrolled' })
        case 'both-sides':
          await deps.audit.append([denial(deps, caller, order, 'both_sides')])
          throw new BrokerError('both_sides')
        case 'repeated': {
          const repeated = idempotency && (await earlier(deps, caller, order, idempotency))
          if (repeated) return repeated
        }
      }
    }
    throw new BrokerError('store_unavailable', {
      detail: 'The configuration keeps changing',
      retryAfterSeconds: 1,
    })
  }

interface Draft extends StartedTask {
  readonly start: TaskStart
}

function draftTask(
  deps: StartTaskDeps,
  config: Config,
  caller: AgentCaller,
  order: TaskOrder,
  mayWait: number | undefined,
): Draft {
  const now = deps.clock.now()
  const agent = liveAgent(config, caller.name)
  const { lentFor } = caller
  if (lentFor) requireTrust(config, caller.name, lentFor)
  const longest = Math.min(agent.maxTaskSeconds, lentFor?.maxTaskSeconds ?? Number.POSITIVE_INFINITY)
  const { ttlSeconds, cappedBy } = capTask(order.ttl, longest)
  const task: Task = {
    id: deps.newId('task'),
    agent: agent.name,
    owner: agent.owner,
    environment: order.environment,
    purpose: order.purpose,
    ticket: order.ticket ?? null,
    jkt: caller.jkt,
    state: 'active',
    endReason: null,
    startedAt: now,
    endsAt: new Date(now.getTime() + ttlSeconds * 1000),
    endedAt: null,
    heartbeatSeconds: order.heartbeat ?? null,
    heartbeatDue: null,
    lineage: [],
    subAgent: null,
    scan: keptScan(order.scan),
  }
  const drafted = draftGrants(deps, config, agent, task, order.scopes, now, mayWait)
  const { decisions, grants, holds, questions } = drafted
  const events = [
    deps.record({
      type: 'task.started',
      phase: 'event',
      result: 'ok',
      actor: actorOf(caller),
      sub: agent.owner,
      request: caller.requestId,
      task: task.id,
      environment: task.environment,
      facts: {
        purpose: task.purpose,
        ...(task.ticket !== null && { ticket: task.ticket }),
        ...madeOf(agent),
        ttlSeconds,
        ttlCappedBy: cappedBy,
        ...scanFact(task),
      },
    }),
    ...allowedFindings(deps.record, caller, task, order.scan),
    ...grantEvents(deps.record, caller, task, decisions, grants),
    ...questions.map(({ body }) => askedEvent(deps.record, caller, body)),
  ]
  const configVersion = config.snapshot.version
  const { keyMac, proof } = caller
  const start = { configVersion, keyMac, proof, task, grants, holds, events, questions }
  return { task, grants, decisions, cappedBy, start }
}

async function earlier(
  { reader, proofs }: StartTaskDeps,
  caller: AgentCaller,
  { scopes }: TaskOrder,
  { key, requestHash }: { key: string; requestHash: string },
): Promise<StartedTask | undefined> {
  const known = await reader.byIdempotencyKey(`agent:${caller.name}`, key)
  if (!known) return undefined
  if (!(await proofs.take([caller.proof]))) throw new BrokerError('replayed_proof')
  const found = await reader.find(known.task)
  // A task is bound to the key that started it: another key of the agent could do nothing with it.
  if (known.requestHash !== requestHash || (found && found.task.jkt !== caller.jkt))
    throw new BrokerError('idempotency_mismatch')
  if (!found) return undefined
  const granted = new Set(found.grants.map(({ scope }) => scope))
  const decisions = [...new Set(scopes)].filter((scope) => !granted.has(scope)).map(deniedBefore)
  return { ...found, decisions, cappedBy: 'asked' }
}

/** Only the log still knows why; but whoever asks again must not take what is missing for something it did not ask for. */
const deniedBefore = (scope: string): ScopeDecision => ({
  verdict: 'deny',
  scope,
  code: 'denied',
  reason: 'It was denied when this task was started; the audit log says why',
  policies: [],
})

/** I2: the platform said which environment this workload is of. */
async function refuseEnvironment(deps: StartTaskDeps, caller: AgentCaller, order: TaskOrder): Promise<never> {
  if (!(await deps.proofs.take([caller.proof]))) throw new BrokerError('replayed_proof')
  await deps.audit.append([denial(deps, caller, order, 'environment_mismatch')])
  throw new BrokerError('environment_mismatch', {
    detail: 'This workload was accepted for another environment',
  })
}

async function refuse(
  deps: StartTaskDeps,
  caller: AgentCaller,
  order: TaskOrder,
  decisions: readonly ScopeDecision[],
): Promise<never> {
  if (!(await deps.proofs.take([caller.proof]))) throw new BrokerError('replayed_proof')
  const refusal = new NothingGranted(decisions, order.environment)
  await deps.audit.append([denial(deps, caller, order, refusal.code, decisions)])
  throw refusal
}

const denial = (
  { record }: StartTaskDeps,
  caller: AgentCaller,
  order: TaskOrder,
  code: BrokerError['code'],
  decisions: readonly ScopeDecision[] = [],
): AuditRecord =>
  record({
    type: 'task.denied',
    phase: 'event',
    result: 'denied',
    actor: actorOf(caller),
    sub: caller.owner,
    request: caller.requestId,
    environment: order.environment,
    code,
    reason: order.scopes.join(' '),
    policies: [...new Set(decisions.flatMap(({ policies }) => policies))],
    facts: { purpose: order.purpose, scopes: order.scopes.length },
  })
