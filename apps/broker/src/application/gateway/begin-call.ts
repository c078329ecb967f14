import { BrokerError } from '@credbroker/core/errors'
import type { Approval } from '../../domain/approval.ts'
import type { CallQuestion, FitApproval } from '../approvals/call-question.ts'
import type { TaskCaller } from '../identity/caller.ts'
import type { CallDecision } from '../tasks/decide-call.ts'
import type { CallDeps } from './call-deps.ts'
import type { CallProof } from './call-proof.ts'
import { againWith, grantsOf, type LiveCall } from './live-call.ts'
import { askedRequest, decidePrepared, type PreparedCall, placed } from './prepare-call.ts'
import { about, type Story } from './story.ts'

/** A person has to be asked; the same request can be sent again under the approval. */
export interface Waiting {
  readonly is: 'waiting'
  readonly approval: Approval
  readonly reason: string
}

const ATTEMPTS = 3

/** A call whose intent is durable. */
export interface BegunCall {
  readonly live: LiveCall
  readonly prepared: PreparedCall
  readonly intent: string
  readonly said: ReturnType<typeof about>
}

/** Decides, and makes the intent durable if it is still so at that moment; where it is not, decides again. */
export async function beginCall(
  deps: CallDeps,
  story: Story,
  proof: CallProof,
  asked: {
    readonly live: LiveCall
    readonly prepared: PreparedCall
    readonly approvalId: string | undefined
  },
): Promise<BegunCall | Waiting> {
  let { live, prepared } = asked
  for (let attempt = 1; ; attempt++) {
    const decided = await decide(deps, story, proof, { ...asked, live, prepared })
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
    const untaken = proof.give()
    const result = await deps.ledger.begin({
      configVersion: live.config.snapshot.version,
      task: live.task.id,
      grants: grantsOf(live),
      ...(prepared.root.lease !== undefined && { lease: prepared.root.lease }),
      ...(fit && { approval: fit }),
      ...(untaken && { proof: untaken }),
      intent: intent.record,
    })
    if (result === 'begun') return { live, prepared, intent: intent.id, said: fields }
    if (result === 'replayed') throw new BrokerError('replayed_proof')
    if (result === 'gone')
      throw new BrokerError('not_granted', {
        detail: 'The task, the grant or the credential of the call ended meanwhile',
      })
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
  proof: CallProof,
  { live, prepared, approvalId }: Parameters<typeof beginCall>[3],
): Promise<Decided | Waiting> {
  const now = deps.clock.now()
  const decision = decidePrepared(live, prepared, now)
  if (decision.verdict === 'deny') throw new BrokerError(decision.code, { detail: decision.reason })
  // An approval that is not needed is not used up.
  if (decision.verdict === 'permit') return { decision }
  const question = questionOf(caller, live, prepared)
  if (approvalId === undefined) {
    const { level, policies, reason } = decision
    await proof.take()
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
