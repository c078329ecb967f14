import { delegationRequest } from '@credbroker/core/wire/delegation'
import type { GrantView, TaskView } from '@credbroker/core/wire/tasks'
import { verifyProof } from './verify-proof.ts'

/** The child task that a fake broker makes of a request, and the nonce in the proof of its key. Throws where that is wrong. */
export function fakeChild(
  parent: TaskView,
  body: unknown,
  fake: {
    readonly url: string
    readonly seen: Set<string>
    readonly now: () => Date
    readonly id: string
    readonly grantOf: (task: string, environment: string, scope: string) => GrantView
  },
): { child: TaskView; nonce: unknown } {
  const { proof, purpose, scopes, heartbeat, sub_agent } = delegationRequest.parse(body)
  const { claims } = verifyProof(proof, {
    method: 'POST',
    url: `${fake.url}/v1/tasks/${parent.id}/delegate`,
    seen: fake.seen,
    nowSeconds: Math.floor(fake.now().getTime() / 1000),
  })
  const { heartbeat_seconds: _, ...inherited } = parent
  const child = {
    ...inherited,
    id: fake.id,
    parent: parent.id,
    depth: (parent.depth ?? 0) + 1,
    purpose,
    ...(heartbeat !== undefined && { heartbeat_seconds: heartbeat }),
    ...(sub_agent !== undefined && { sub_agent }),
    grants: scopes.map((scope) => fake.grantOf(fake.id, parent.environment, scope)),
  }
  return { child, nonce: claims['nonce'] }
}
