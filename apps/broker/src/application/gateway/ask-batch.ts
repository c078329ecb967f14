import type { ClientRequest } from '@credbroker/connectors/request'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { APPROVAL_LEVELS, type ApprovalLevel } from '@credbroker/policy/request'
import type { Approval } from '../../domain/approval.ts'
import type { TaskCaller } from '../identity/caller.ts'
import { readUse } from '../leases/check-use.ts'
import type { CallDecision } from '../tasks/decide-call.ts'
import type { CallDeps } from './call-deps.ts'
import { CallProof } from './call-proof.ts'
import { type LiveCall, liveCall } from './live-call.ts'
import { askedRequest, decidePrepared, type PreparedCall, prepareCall } from './prepare-call.ts'
import { recordingDenial, type Story } from './story.ts'

export interface BatchOrder {
  readonly scope: string
  readonly requests: readonly ClientRequest[]
  readonly signal: AbortSignal
}

type NeedsApproval = Extract<CallDecision, { verdict: 'approval' }>

/**
 * Asks once for several calls of one scope. Each is read, resolved and decided as if it were made; the question lists those that
 * need a person. Nothing is sent. Undefined where none of them needs one.
 * @throws BrokerError what the first one that is refused is refused with, its detail naming its place
 */
export const askBatch =
  (deps: CallDeps) =>
  async (caller: TaskCaller, { scope, requests, signal }: BatchOrder): Promise<Approval | undefined> => {
    const { living } = await readUse(deps, caller, scope)
    const proof = new CallProof(deps.proofs, caller.proof, true)
    const story: Story = { caller, scope, method: 'POST' }
    return await recordingDenial(deps, story, async () => {
      if (requests.length === 0 || requests.length > LIMITS.batchRequests)
        throw new BrokerError('invalid_request', { detail: `From 1 to ${LIMITS.batchRequests} requests` })
      const live = liveCall(await living())
      story.live = live
      const waiting: { prepared: PreparedCall; decision: NeedsApproval }[] = []
      for (const [at, request] of requests.entries()) {
        const own = { caller, scope, method: request.method, live }
        const giveBack = deps.budgets.begin({ agent: live.task.agent, grant: live.grant.id })
        try {
          const prepared = await naming(at, () => prepareCall(deps, own, proof, request, signal))
          const decision = decidePrepared(live, prepared, deps.clock.now())
          if (decision.verdict === 'deny')
            throw new BrokerError(decision.code, { detail: `Request ${at}: ${decision.reason}` })
          if (decision.verdict === 'approval') waiting.push({ prepared, decision })
        } finally {
          giveBack()
        }
      }
      return await ask(deps, caller, live, waiting)
    })
  }

async function ask(
  deps: CallDeps,
  caller: TaskCaller,
  live: LiveCall,
  waiting: readonly { prepared: PreparedCall; decision: NeedsApproval }[],
): Promise<Approval | undefined> {
  const [highest] = waiting.map(({ decision }) => decision).sort((a, b) => rank(b.level) - rank(a.level))
  if (!highest) return undefined
  const { task, grant, agent, scope, config } = live
  return await deps.ask({
    caller,
    allowed: { task, grant, agent, scope },
    requests: waiting.map(({ prepared }) => askedRequest(prepared, live)),
    level: highest.level,
    policies: [...new Set(waiting.flatMap(({ decision }) => decision.policies))].sort(),
    policyVersion: config.policyVersion,
    reason: highest.reason,
  })
}

const rank = (level: ApprovalLevel): number => APPROVAL_LEVELS.indexOf(level)

async function naming<Result>(at: number, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    throw new BrokerError(error.code, { ...error.details, detail: `Request ${at}: ${error.message}` })
  }
}
