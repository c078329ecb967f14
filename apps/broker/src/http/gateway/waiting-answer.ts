import type { Context } from 'hono'
import type { Waiting } from '../../application/gateway/begin-call.ts'
import type { TaskCaller } from '../../application/identity/caller.ts'
import type { HttpDeps, HttpEnv } from '../server.ts'
import { approvalView } from '../views/approval.ts'

/** 202: nothing was done yet. The client waits for a person, and sends the same request again under the approval. */
export async function waitingAnswer(
  c: Context<HttpEnv>,
  { cases }: HttpDeps,
  caller: TaskCaller,
  { approval, reason }: Waiting,
): Promise<Response> {
  const { snapshot } = await cases.parts.config.current()
  const view = approvalView(approval, { snapshot, linkTo: cases.approvals.linkTo, caller })
  c.header('location', `/v1/approvals/${approval.id}`)
  c.header('broker-approval', approval.id)
  c.header('retry-after', '2')
  return c.json({ approval: view, detail: reason }, 202)
}
