import type { ClientRequest } from '@credbroker/connectors/request'
import { BrokerError } from '@credbroker/core/errors'
import type { Approval } from '../../domain/approval.ts'
import type { CallQuestion, FitApproval } from '../approvals/call-question.ts'
import type { TaskCaller } from '../identity/caller.ts'
import { readUse } from '../leases/check-use.ts'
import type { CallDecision } from '../tasks/decide-call.ts'
import type { CallDeps } from './call-deps.ts'
import { againWith, grantsOf, type LiveCall, liveCall } from './live-call.ts'
import { askedRequest, decidePrepared, type PreparedCall, placed, prepareCall } from './prepare-call.ts'
import { type CallAnswer, sendCall } from './send-call.ts'
import { about, recordingDenial, type Story } from './story.ts'

export interface CallOrder {
  readonly scope: string
  readonly request: ClientRequest
  /** `Broker-Approval` */
  readonly approval?: string | undefined
  /** The client hung up. */
  readonly signal: AbortSignal
}

/** A person has to be asked; the same request can be sent again under the approval. */
interface Waiting {
  readonly is: 'waiting'
  readonly approval: Approval
  readonly reason: string
}

const ATTEMPTS = 3

/**
 * One call through the gateway, in the order of docs/gateway.md: the task and its grant live, the budget, the request read, what it
 * touches found out, decided, approved where it must be, its intent durable, sent, its outcome recorded.
 * @throws BrokerError why not; every refusal is in the audit log
 */
export const callGateway =
  (deps: CallDeps) =>
  async (caller: TaskCaller, order: CallOrder): Promise<CallAnswer | Waiting> => {
    const { living } = await readUse(deps, caller, order.scope)
    const story: Story = { caller, scope: order.scope, method: order.request.method }
    return await recordingDenial(deps, story, async () => {
      const live = liveCall(await living())
      story.live = live
      const giveBack = deps.budgets.begin({ agent: live.task.agent, grant: live.grant.id })
      try {
        const prepared = await prepareCall(deps, { ...story, live }, order.request, order.signal)
        Object.assign(story, { read: prepared.read, place: prepared.place })
        const begun = await begin(deps, story, live, prepared, order.approval)
        if ('is' in begun) {
          giveBack()
          return begun
        }
        return await sendCall(deps, { ...begun, order, giveBack })
      } catch (error) {
        giveBack()
        throw error
      }
    })
  }

/** A call whose intent is durable. */
export interface BegunCall {
  readonly live: LiveCall
  readonly prepared: PreparedCall
  readonly intent: string
  readonly said: ReturnType<typeof about>
}

/** Decides, and makes the intent durable if it is still so at that moment; where it is not, decides again. */
async function begin(
  deps: CallDeps,
  story: Story,
  first: LiveCall,
  known: PreparedCall,
  approvalId: string | undefined,
): Promise<BegunCall | Waiting> {
  let live = first
  let prepared = known
  for (let attempt = 1; ; attempt++) {
    const decided = await decide(deps, story, live, prepared, approvalId)
    if ('is' in decided) return decided
    const { decision, fit } = decided
    const said = about(story)
    const fields = {
      ...said,
      type: 'gateway.called' as const,
      policies: [...decision.policies],
      policyVersion: live.config.policyVersion,
      ...(fit && { approval: fit.before.body.id }),
      facts: {
        ...said.facts,
        factsHash: askedRequest(prepared, live).factsHash,
        ...(prepared.read.request.body !== undefined && {
          requestBytes: Buffer.byteLength(prepared.read.request.body),
        }),
        ...(decision.breakGlass && { breakGlass: decision.breakGlass.id }),
      },
    }
    const intent = deps.record.intent(fields)
    const result = await deps.ledger.begin({
      configVersion: live.config.snapshot.version,
      task: live.task.id,
      grants: grantsOf(live),
      ...(fit && { approval: fit }),
      intent: intent.record,
    })
    if (result === 'begun') return { live, prepared, intent: intent.id, said: fields }
    if (result === 'gone')
      throw new BrokerError('not_granted', { detail: 'The task or the grant ended meanwhile' })
    if (result === 'spent') throw new BrokerError('approval_invalid')
    if (attempt === ATTEMPTS)
      throw new BrokerError('conflict', { detail: 'The configuration keeps changing; ask again' })
    live = againWith(await deps.config.refresh(), live)
    prepared = { ...prepared, place: placed(live, prepared.read, prepared.resolution) }
  }
}

type Permit = Extract<CallDecision, { verdict: 'permit' }>
interface Decided {
  readonly decision: Permit
  readonly fit?: Awaited<ReturnType<FitApproval>>
}

async function decide(
  deps: CallDeps,
  { caller }: Story,
  live: LiveCall,
  prepared: PreparedCall,
  approvalId: string | undefined,
): Promise<Decided | Waiting> {
  const now = deps.clock.now()
  const decision = decidePrepared(live, prepared, now)
  if (decision.verdict === 'deny') throw new BrokerError(decision.code, { detail: decision.reason })
  // An approval that is not needed is not used up.
  if (decision.verdict === 'permit') return { decision }
  const question = questionOf(caller, live, prepared)
  if (approvalId === undefined) {
    const { level, policies, reason } = decision
    const approval = await deps.ask({ ...question, level, policies, reason })
    return { is: 'waiting', approval, reason }
  }
  const fit = await deps.fit(approvalId, question)
  const approved = decidePrepared(live, prepared, now, { level: fit.level })
  if (approved.verdict === 'permit') return { decision: approved, fit }
  if (approved.verdict === 'deny') throw new BrokerError(approved.code, { detail: approved.reason })
  throw new BrokerError('approval_invalid', { required: [`approval:${approved.level}`] })
}

function questionOf(
  caller: TaskCaller,
  live: LiveCall,
  prepared: PreparedCall,
): Omit<CallQuestion, 'level' | 'policies' | 'reason'> {
  const { task, grant, agent, scope, config } = live
  return {
    caller,
    allowed: { task, grant, agent, scope },
    requests: [askedRequest(prepared, live)],
    policyVersion: config.policyVersion,
  }
}
