import type { Access } from '@credbroker/core/access'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import { type Authority, handOn } from '../../domain/narrowing.ts'
import { actingIn, capChild, type Task } from '../../domain/task.ts'
import type { Holder, LineageReader, TaskDelegation, TaskDelegator } from '../../ports/delegation.ts'
import type { VerifiedProof } from '../../ports/tokens.ts'
import { askedEvent } from '../approvals/approval-event.ts'
import type { Config } from '../config/live-config.ts'
import { liveAgent } from '../identity/authenticate.ts'
import type { TaskCaller } from '../identity/caller.ts'
import { keptScan } from './allowed-findings.ts'
import { childKey, type OwnKeyDeps } from './child-key.ts'
import { delegationDenied, delegationEvents } from './delegation-events.ts'
import { draftGrants } from './draft-grants.ts'
import { authorityOf, requireHeld, requireLiving } from './lineage.ts'
import { NothingGranted, type StartedTask, type StartTaskDeps } from './start-task.ts'

export interface DelegateDeps extends Omit<StartTaskDeps, 'starter' | 'reader'>, OwnKeyDeps {
  readonly lineage: LineageReader
  readonly delegator: TaskDelegator
}

/** What a parent hands on, parsed; durations are seconds. Environment and owner are the parent's. */
export interface DelegationOrder {
  /** By the child's own key. Taken with the child's start. */
  readonly key: Pick<VerifiedProof, 'jkt' | 'digest' | 'rememberUntil'>
  /** Left out: the parent's. Another one is of the same owner, and the key is one that it enrolled. */
  readonly agent?: string | undefined
  readonly subAgent?: string | undefined
  readonly scopes: readonly string[]
  /** The most that a scope may be for. */
  readonly access?: Readonly<Record<string, readonly Access[]>> | undefined
  readonly purpose: string
  readonly ticket?: string | undefined
  readonly ttl?: number | undefined
  readonly heartbeat?: number | undefined
  /** Left out: the parent's. */
  readonly scan?: ScanClaim | undefined
}

// Each attempt decides on what changed; more than a few in a row means somebody applies in a loop.
const ATTEMPTS = 5

/**
 * Starts a child task with a part of what its parent holds (I9): decided anew for whoever acts, and stored under a lock
 * of the parent. `caller` is the parent's own token; both proofs are taken.
 * @throws NothingGranted, BrokerError `exceeds_parent` (too deep), `task_ended`, `forbidden` (agent or key), `both_sides`,
 *   `replayed_proof`, `too_many`
 */
export const delegate =
  (deps: DelegateDeps) =>
  async (caller: TaskCaller, order: DelegationOrder): Promise<StartedTask> => {
    let mayWait: number | undefined
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { holders, now } = await chainOf(deps, caller)
      const config = await deps.config.current()
      const draft = await draftChild(deps, config, caller, holders, now, order, mayWait)
      if (draft.grants.length === 0) {
        // No statement follows that would notice a newer configuration.
        if ((await deps.config.newest()).snapshot.version !== config.snapshot.version) continue
        return await refuse(deps, caller, order, new NothingGranted(draft.decisions, draft.task.environment))
      }
      const outcome = await deps.delegator.delegate(draft.delegation)
      switch (outcome.result) {
        case 'started':
          return draft
        case 'stale':
          await deps.config.refresh()
          continue
        case 'too-many-pending':
          mayWait = outcome.free
          continue
        case 'both-sides':
          return await refuse(deps, caller, order, new BrokerError('both_sides'))
        case 'replayed':
          throw new BrokerError('replayed_proof')
        default:
          // The parent or the key changed meanwhile: looked at again, it says how.
          continue
      }
    }
    throw new BrokerError('store_unavailable', {
      detail: 'The parent task keeps changing',
      retryAfterSeconds: 1,
    })
  }

interface Draft extends StartedTask {
  readonly delegation: TaskDelegation
}

async function draftChild(
  deps: DelegateDeps,
  config: Config,
  caller: TaskCaller,
  holders: readonly Holder[],
  now: Date,
  order: DelegationOrder,
  mayWait: number | undefined,
): Promise<Draft> {
  const { task: parent } = holders.at(-1) as Holder
  // I11: whoever hands on must still be allowed to work, and so must all above.
  for (const { task } of holders) liveAgent(config, task.agent)
  const agent = liveAgent(config, order.agent ?? parent.agent)
  if (agent.owner !== parent.owner)
    throw new BrokerError('forbidden', { detail: 'The other agent belongs to another owner' })
  if (deps.crowded.has(agent.name)) throw new BrokerError('too_many', { retryAfterSeconds: 60 })
  const key = await childKey(deps, config, order.key.jkt, agent.name, holders)
  const longest = Math.min(agent.maxTaskSeconds, key.maxTaskSeconds ?? Number.POSITIVE_INFINITY)
  const { ttlSeconds, cappedBy } = capChild(order.ttl, longest, secondsUntil(parent.endsAt, now))
  const endsAt = new Date(now.getTime() + ttlSeconds * 1000)
  const authority = mayHandOn(deps, holders, now, order, endsAt)
  const task: Task = {
    id: deps.newId('task'),
    agent: agent.name,
    owner: parent.owner,
    environment: authority.environment,
    purpose: order.purpose,
    ticket: order.ticket ?? parent.ticket,
    jkt: order.key.jkt,
    state: 'active',
    endReason: null,
    startedAt: now,
    endsAt: new Date(authority.endsAt),
    endedAt: null,
    heartbeatSeconds: order.heartbeat ?? null,
    heartbeatDue: null,
    lineage: [...parent.lineage, { task: parent.id, actor: actingIn(parent) }],
    subAgent: order.subAgent ?? null,
    scan: keptScan(order.scan) ?? parent.scan,
  }
  const { decisions, grants, holds, questions } = draftGrants(
    deps,
    config,
    agent,
    task,
    order.scopes,
    now,
    mayWait,
    authority,
  )
  const started = { task, grants, decisions, cappedBy }
  const events = [
    ...delegationEvents(deps.record, caller, started, ttlSeconds, agent, order.scan),
    ...questions.map(({ body }) => askedEvent(deps.record, caller, body)),
  ]
  const configVersion = config.snapshot.version
  const proofs = { proof: caller.proof, keyProof: order.key }
  return {
    ...started,
    delegation: { configVersion, keyMac: key.mac, ...proofs, task, grants, holds, events, questions },
  }
}

/** @throws BrokerError `not_found`, `task_ended` */
async function chainOf({ lineage }: DelegateDeps, caller: TaskCaller) {
  const chain = await lineage.chain(caller.task)
  if (chain?.holders.at(-1)?.task.jkt !== caller.jkt || !chain) throw new BrokerError('not_found')
  for (const { task } of chain.holders) requireLiving(task, chain.now)
  return chain
}

/** @throws BrokerError `exceeds_parent` where there is no further generation */
function mayHandOn(
  { macs }: DelegateDeps,
  holders: readonly Holder[],
  now: Date,
  order: DelegationOrder,
  endsAt: Date,
): Authority {
  const { task, grants } = holders.at(-1) as Holder
  const held = grants.filter((grant) => grant.state === 'active' && grant.endsAt > now)
  // Sealing on what does not carry our seal would make it ours (I13).
  for (const grant of held) requireHeld(macs, { task, grant, grantMac: grant.mac }, now)
  const scopes = new Map(
    order.scopes.map((name) => {
      const access = order.access && Object.hasOwn(order.access, name) ? order.access[name] : undefined
      return [name, access ? { access } : {}]
    }),
  )
  const authority = handOn(authorityOf(task, held), { scopes, endsAt: endsAt.getTime() })
  if (authority) return authority
  throw new BrokerError('exceeds_parent', {
    detail: `There are at most ${LIMITS.delegationDepth} generations of child tasks`,
  })
}

async function refuse(
  deps: DelegateDeps,
  caller: TaskCaller,
  order: DelegationOrder,
  refusal: BrokerError,
): Promise<never> {
  if (!(await deps.proofs.take([caller.proof, order.key]))) throw new BrokerError('replayed_proof')
  await deps.audit.append([delegationDenied(deps.record, caller, order, refusal)])
  throw refusal
}

const secondsUntil = (end: Date, now: Date): number =>
  Math.max(1, Math.floor((end.getTime() - now.getTime()) / 1000))
