import type { FillRandom } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import type { Approval } from '../../domain/approval.ts'
import type { Agent, Scope } from '../../domain/config.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Task } from '../../domain/task.ts'

interface Asking {
  readonly task: Task
  readonly grant: Grant
  readonly agent: Agent
  readonly scope: Scope
}

/** What every question of an agent says of who asks and for which work, as it stands now; it ends with that work (I3). */
export function draftQuestion(
  random: FillRandom,
  { task, grant, agent, scope }: Asking,
  now: Date,
): Omit<Approval, 'id' | 'level' | 'subject' | 'policyVersion' | 'policies' | 'reason'> {
  const ends = Math.min(
    now.getTime() + LIMITS.questionSeconds * 1000,
    task.endsAt.getTime(),
    grant.endsAt.getTime(),
  )
  return {
    nonce: Buffer.from(random(new Uint8Array(16))).toString('base64url'),
    state: 'pending',
    work: {
      task: task.id,
      grant: grant.id,
      agent: agent.name,
      owner: agent.owner,
      scope: scope.name,
      root: scope.root,
      jkt: task.jkt,
      purpose: task.purpose,
      ticket: task.ticket,
      tool: agent.tool,
      model: agent.model,
    },
    environment: task.environment,
    requester: `agent:${agent.name}`,
    askedAt: now.toISOString(),
    endsAt: new Date(ends).toISOString(),
    answers: [],
    usableUntil: null,
  }
}
