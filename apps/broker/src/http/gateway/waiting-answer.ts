import type { Context } from 'hono'
import type { Approval } from '../../domain/approval.ts'
import type { HttpDeps, HttpEnv } from '../server.ts'

/** 202: nothing was done yet. The client waits for a person, and sends the same request again under the approval. */
export function waitingAnswer(
  c: Context<HttpEnv>,
  { approval, reason }: { readonly approval: Approval; readonly reason: string },
  _deps: HttpDeps,
): Response {
  c.header('location', `/v1/approvals/${approval.id}`)
  c.header('broker-approval', approval.id)
  c.header('retry-after', '2')
  return c.json({ approval: { id: approval.id, state: approval.state }, detail: reason }, 202)
}
