import type { ClientRequest } from '@credbroker/connectors/request'
import type { TaskCaller } from '../identity/caller.ts'
import { readUse } from '../leases/check-use.ts'
import { beginCall, type Waiting } from './begin-call.ts'
import type { CallDeps } from './call-deps.ts'
import { CallProof } from './call-proof.ts'
import { liveCall } from './live-call.ts'
import { prepareCall } from './prepare-call.ts'
import { type ReadBody, receiveBody } from './receive-body.ts'
import { type CallAnswer, sendCall } from './send-call.ts'
import { recordingDenial, type Story } from './story.ts'

export interface CallOrder {
  readonly scope: string
  readonly request: Omit<ClientRequest, 'body'>
  /** Undefined where the request has none. */
  readonly body?: ReadBody | undefined
  /** `Broker-Approval` */
  readonly approval?: string | undefined
  /** The client hung up. */
  readonly signal: AbortSignal
}

/**
 * One call through the gateway, in the order of docs/gateway.md: the task and its grant live, the budget, its body received, the
 * request read, what it touches found out, decided, approved where it must be, its intent durable, sent, its outcome recorded.
 * @throws BrokerError why not; every refusal is in the audit log
 */
export const callGateway =
  (deps: CallDeps) =>
  async (caller: TaskCaller, order: CallOrder): Promise<CallAnswer | Waiting> => {
    // A body may be waited for, which is something to bring about.
    const taken = order.body !== undefined
    const { living } = await readUse(deps, caller, order.scope, taken ? 'take' : 'later')
    const proof = new CallProof(deps.proofs, caller.proof, taken)
    const story: Story = { caller, scope: order.scope, method: order.request.method }
    const call = async () => {
      const first = liveCall(await living())
      story.live = first
      const done = deps.budgets.begin({ agent: first.task.agent, grant: first.grant.id })
      const held = deps.bodies.of(first.task.agent)
      const giveBack = () => {
        done()
        held.release()
      }
      try {
        const received = { read: order.body, held, signal: order.signal }
        const { live, body } = await receiveBody(deps, first, received)
        const known = Object.assign(story, { live })
        // What is found out on the way belongs to the story, also where it ends there.
        const prepared = await prepareCall(deps, known, proof, { ...order.request, body }, order.signal)
        const begun = await beginCall(deps, story, proof, { live, prepared, approvalId: order.approval })
        if ('is' in begun) {
          giveBack()
          return begun
        }
        const { signal } = order
        return await sendCall(deps, { ...begun, scope: order.scope, signal, giveBack })
      } catch (error) {
        giveBack()
        throw error
      }
    }
    return await recordingDenial(deps, story, () => proof.usedBy(call))
  }
