import { TASK_DETAILS } from '@credbroker/core/wire/oauth'
import type { LiveToken } from '../../application/oauth/introspect-token.ts'
import type { StartedTask } from '../../application/tasks/start-task.ts'
import type { Task } from '../../domain/task.ts'
import type { AgentSubject } from '../../ports/tokens.ts'
import { deniedView, grantView } from './grant.ts'

/** A task as RFC 9396 authorization details: what was granted (§7), or what is so right now (§9.2). */
const detailsOf = (task: Task) => ({
  type: TASK_DETAILS,
  task: task.id,
  environment: task.environment,
  purpose: task.purpose,
  ...(task.ticket !== null && { ticket: task.ticket }),
  ...(task.subAgent !== null && { sub_agent: task.subAgent }),
  ...(task.lineage.length > 0 && { parent: task.lineage.at(-1)?.task }),
  ends_at: task.endsAt.toISOString(),
})

/** What a token exchange answers beside the token (RFC 8693 §2.2.1). */
export function exchangedView(
  { task, grants, decisions, cappedBy }: StartedTask,
  linkTo: (approval: string) => string,
) {
  const decided = new Map(
    decisions.flatMap((one) => (one.verdict === 'deny' ? [] : [[one.scope.name, one] as const])),
  )
  const scope = grants.filter(({ state }) => state === 'active').map((grant) => grant.scope)
  const views = [
    ...grants.map((grant) => grantView(grant, linkTo, decided.get(grant.scope))),
    ...decisions.flatMap((one) => deniedView(one, task.environment)),
  ]
  return {
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    ...(scope.length > 0 && { scope: scope.join(' ') }),
    authorization_details: [{ ...detailsOf(task), capped_by: cappedBy, grants: views }],
  }
}

/** RFC 7662 §2.2. Whatever is not active is no more than that. */
export function introspectionView(issuer: string, live: LiveToken | undefined): object {
  if (!live) return { active: false }
  const { token, work } = live
  return {
    active: true,
    iss: issuer,
    sub: token.subject,
    aud: token.audience,
    client_id: token.clientId,
    token_type: 'DPoP',
    jti: token.jti,
    iat: token.issuedAt,
    exp: token.expiresAt,
    cnf: { jkt: token.jkt },
    ...(token.kind !== 'user' && { act: act(token.actor, token.kind === 'task' ? token.delegatedBy : []) }),
    ...(work && {
      task: work.task.id,
      env: work.task.environment,
      ...(work.scopes.length > 0 && { scope: work.scopes.join(' ') }),
      authorization_details: [detailsOf(work.task)],
    }),
  }
}

const act = (sub: AgentSubject, [next, ...rest]: readonly AgentSubject[] = []): object =>
  next === undefined ? { sub } : { sub, act: act(next, rest) }
