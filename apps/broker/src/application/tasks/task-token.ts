import type { Grant } from '../../domain/grant.ts'
import { actingIn, type Task } from '../../domain/task.ts'
import type { Clock } from '../../ports/clock.ts'
import type { AccessTokenIssuer } from '../../ports/tokens.ts'

export interface TaskTokenDeps {
  readonly tokens: AccessTokenIssuer
  readonly clock: Clock
  readonly issuer: string
}

/** The token of a task: five minutes at most, never past the task's end, and only a pointer to it. */
export const taskToken = ({ tokens, clock, issuer }: TaskTokenDeps, task: Task, grants: readonly Grant[]) =>
  tokens.issue(
    {
      kind: 'task',
      subject: `user:${task.owner}`,
      actor: actingIn(task),
      ...(task.lineage.length > 0 && { delegatedBy: task.lineage.map(({ actor }) => actor).reverse() }),
      clientId: `agent:${task.agent}`,
      audience: issuer,
      jkt: task.jkt,
      task: task.id,
      environment: task.environment,
      scopes: grants.filter(({ state }) => state === 'active').map(({ scope }) => scope),
    },
    clock.now(),
    { endsAt: task.endsAt },
  )
