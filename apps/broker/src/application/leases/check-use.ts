import type { AuditRecord } from '@credbroker/core/audit/event'
import { canonicalJson } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { ApprovalLevel, Phase } from '@credbroker/policy/request'
import type { Agent, Scope } from '../../domain/config.ts'
import { isGateway } from '../../domain/delivery.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Task } from '../../domain/task.ts'
import type { AuditLog } from '../../ports/audit.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { LiveUse, UseReader } from '../../ports/use-reader.ts'
import type { ApprovedGrant } from '../approvals/approved-grant.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { Config, LiveConfig } from '../config/live-config.ts'
import { liveAgent } from '../identity/authenticate.ts'
import { actorOf, type TaskCaller } from '../identity/caller.ts'
import { decideScope } from '../tasks/decide-scopes.ts'
import { sideHolds } from '../tasks/draft-grants.ts'
import { type Held, requireLineage } from '../tasks/lineage.ts'

export interface CheckUseDeps {
  readonly uses: UseReader
  readonly config: LiveConfig
  readonly macs: Macs
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly approved: ApprovedGrant
}

/** What holds right now for one use of one scope in one task. */
export interface Allowed {
  readonly configVersion: number
  readonly task: Task
  readonly grant: Grant
  readonly agent: Agent
  readonly scope: Scope
  /** What the scope's environment claims, at whichever vendor; nothing minted may reach past it. */
  readonly anchors: readonly { readonly vendor: string; readonly id: string }[]
  readonly policies: readonly string[]
  readonly phase: Exclude<Phase, 'grant'>
  /** Without it policy would say no, here or to a task above; of several, the one that ends first. */
  readonly breakGlass?: { readonly id: string; readonly endsAt: Date } | undefined
  /** Of a child task: what those above it hold of this scope. */
  readonly above: readonly Held[]
}

/** @throws BrokerError saying why not; every refusal is in the audit log. */
export type CheckUse = (caller: TaskCaller, scope: string, phase: Exclude<Phase, 'grant'>) => Promise<Allowed>

/** A task and its grant that live, with all above it, and the configuration to decide by. */
export interface Living {
  readonly config: Config
  /** The outermost first, the task itself last. */
  readonly chain: readonly Held[]
  readonly holds: LiveUse['holds']
  /** By the database's clock. */
  readonly now: Date
}

/**
 * The token points at a task, and what counts is what is stored now. Takes the caller's proof, or where it is to be taken later only
 * says so if it was used before.
 * @throws BrokerError `replayed_proof`; what is wrong with task or grant comes from `living`, so that it can be recorded
 */
export async function readUse(
  { uses, config, macs }: Pick<CheckUseDeps, 'uses' | 'config' | 'macs'>,
  caller: TaskCaller,
  scope: string,
  proof: 'take' | 'later' = 'take',
): Promise<{ readonly living: () => Promise<Living> }> {
  const asked = [caller.task, scope, caller.proof] as const
  const live = proof === 'take' ? await uses.use(...asked) : await uses.look(...asked)
  if (live === 'replayed') throw new BrokerError('replayed_proof')
  return {
    living: async () => {
      const known = await config.atLeast(live?.configVersion ?? 0)
      if (!live || live.task.jkt !== caller.jkt) throw new BrokerError('not_found')
      const chain = requireLineage(macs, [...live.above, live], live.now)
      return { config: known, chain, holds: live.holds, now: live.now }
    },
  }
}

/** Decides again at the moment of use. Takes the caller's proof. */
export const checkUse =
  (deps: CheckUseDeps): CheckUse =>
  async (caller, scope, phase) => {
    const { living } = await readUse(deps, caller, scope)
    return await recordingRefusal(deps, caller, scope, async () => {
      const { config, chain, holds, now } = await living()
      const allowed = decideNow(config, await withApprovals(deps, config, chain, now), phase, now)
      requireHolds(config, allowed, holds)
      return allowed
    })
  }

/** I6: whatever refuses a use is in the audit log before the agent hears of it. @throws BrokerError as `work` does; `audit_unavailable` */
export async function recordingRefusal<Result>(
  { audit, record }: Pick<CheckUseDeps, 'audit' | 'record'>,
  caller: TaskCaller,
  scope: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BrokerError) await audit.append([refusal(record, caller, scope, error)])
    throw error
  }
}

/** I5, I13: a grant counts only as long as its holds keep others away. @throws BrokerError `tampered` */
export function requireHolds(
  config: Config,
  { agent, task, grant, scope }: Pick<Allowed, 'agent' | 'task' | 'grant' | 'scope'>,
  holds: LiveUse['holds'],
): void {
  const wanted = sideHolds(config, agent, task, grant, { scope })
  if (!wanted.every(({ holder, side }) => holds.some((one) => one.holder === holder && one.side === side)))
    throw new BrokerError('tampered', { detail: 'A hold over a side of the data was changed, or is gone' })
}

interface ApprovedHeld extends Held {
  readonly approval: ApprovalLevel | undefined
}

/** I4: what waited for a person is used under their word alone, which is verified at each use. @throws BrokerError `approval_invalid` */
const withApprovals = (
  { approved }: Pick<CheckUseDeps, 'approved'>,
  { snapshot }: Config,
  chain: readonly Held[],
  now: Date,
): Promise<ApprovedHeld[]> =>
  Promise.all(chain.map(async (held) => ({ ...held, approval: await approved(snapshot, held, now) })))

/** Policy and configuration for grants that are known to be alive: of a child task and of all above it (I9). */
function decideNow(
  config: Config,
  chain: readonly ApprovedHeld[],
  phase: Exclude<Phase, 'grant'>,
  now: Date,
): Allowed {
  const above = chain.slice(0, -1)
  const higher = above.map((held) => decideHeld(config, held, phase, now))
  const own = decideHeld(config, chain.at(-1) as ApprovedHeld, phase, now)
  const [breakGlass] = [...higher, own]
    .flatMap((allowed) => allowed.breakGlass ?? [])
    .sort((a, b) => a.endsAt.getTime() - b.endsAt.getTime())
  return { ...own, above, breakGlass }
}

function decideHeld(
  config: Config,
  { task, grant, approval }: ApprovedHeld,
  phase: Exclude<Phase, 'grant'>,
  now: Date,
): Omit<Allowed, 'above'> {
  const agent = liveAgent(config, task.agent)
  const ttlSeconds = Math.max(1, Math.floor((grant.endsAt.getTime() - now.getTime()) / 1000))
  const { environment, purpose, ticket, scan } = task
  requireDelivery(config, grant, phase)
  // What a call does is decided once it is known; until then the question is whether any call is possible at all.
  const asked = phase === 'call' ? ('grant' as const) : phase
  const question = { agent, environment, purpose, ticket, scan, phase: asked, ttlSeconds, now, approval }
  const decision = decideScope(config, grant.scope, question)
  if (decision.verdict === 'deny') throw new BrokerError(decision.code, { detail: decision.reason })
  if (decision.verdict === 'approval') {
    const { reason: detail, required } = decision
    if (approval)
      throw new BrokerError('denied', { detail: 'Policy asks for more than was approved; start a new task' })
    throw new BrokerError('approval_required', { detail, required })
  }
  // What the scope can do may have grown since the grant was decided.
  if (phase === 'mint' && decision.access.some((level) => !grant.access.includes(level))) {
    throw new BrokerError('denied', {
      detail: 'The scope can do more than this task was granted; start a new task',
    })
  }
  return {
    configVersion: config.snapshot.version,
    task,
    grant,
    agent,
    scope: decision.scope,
    anchors: config.snapshot.anchorsOf(environment).map(({ vendor, id }) => ({ vendor, id })),
    policies: decision.policies,
    phase,
    ...(decision.breakGlass && {
      breakGlass: { id: decision.breakGlass.id, endsAt: new Date(decision.breakGlass.endsAt) },
    }),
  }
}

/** A scope is either minted from or called through the gateway. @throws BrokerError `gateway_only`, `not_gateway` */
function requireDelivery({ snapshot }: Config, { scope: name }: Grant, phase: Exclude<Phase, 'grant'>): void {
  const scope = snapshot.scope(name)
  if (!scope || scope.disabled) return
  if (isGateway(scope) && phase === 'mint') throw new BrokerError('gateway_only')
  if (!isGateway(scope) && phase === 'call') throw new BrokerError('not_gateway')
}

/**
 * The same question on the newest configuration, after a statement said that ours is old. What is on its way was drafted
 * by the old one, so the scope must still be what it was. @throws BrokerError; `conflict` where it changed
 */
export async function recheck(
  deps: Pick<CheckUseDeps, 'config' | 'clock' | 'approved'>,
  before: Allowed,
): Promise<Allowed> {
  const config = await deps.config.refresh()
  const now = deps.clock.now()
  const chain = await withApprovals(deps, config, [...before.above, before], now)
  const allowed = decideNow(config, chain, before.phase, now)
  if (drafted(allowed) === drafted(before)) return allowed
  throw new BrokerError('conflict', { detail: 'The scope changed meanwhile; ask again' })
}

const drafted = ({ anchors, scope, breakGlass }: Allowed): string =>
  canonicalJson({
    anchors: [...anchors],
    root: scope.root,
    provider: scope.provider,
    connector: scope.connector ?? null,
    allow: scope.allow,
    maxTtlSeconds: scope.maxTtlSeconds,
    breakGlass: breakGlass?.id ?? null,
  })

const refusal = (record: Recorder, caller: TaskCaller, scope: string, error: BrokerError): AuditRecord =>
  record({
    type: 'grant.denied',
    phase: 'event',
    result: 'denied',
    actor: actorOf(caller),
    sub: caller.owner,
    request: caller.requestId,
    task: caller.task,
    scope,
    code: error.code,
    reason: error.message,
  })
