import { LIMITS } from '@credbroker/core/limits'
import type {
  AccessToken,
  AgentSubject,
  TokenTimes,
  UserSubject,
  VerifiedAccessToken,
} from '../../ports/tokens.ts'
import type { JsonObject } from './strict-json.ts'

/** The claims of RFC 9068 §2.2, of RFC 8693 §4.1 (`act`) and RFC 9449 §6.1 (`cnf`), and our own `task` and `env`. */
export function toClaims(issuer: string, token: AccessToken, times: TokenTimes): JsonObject {
  return {
    iss: issuer,
    sub: token.subject,
    ...(token.kind !== 'user' && {
      act: actClaim(token.actor, token.kind === 'task' ? token.delegatedBy : []),
    }),
    aud: token.audience,
    client_id: token.clientId,
    jti: times.jti,
    iat: times.issuedAt,
    exp: times.expiresAt,
    ...(token.kind === 'task' && { task: token.task, env: token.environment }),
    // A task whose grants all wait for an approval has none yet, and RFC 6749 §3.3 knows no empty scope.
    ...(token.kind === 'task' && token.scopes.length > 0 && { scope: token.scopes.join(' ') }),
    cnf: { jkt: token.jkt },
  }
}

/**
 * The way back; `iss` is the caller's to compare. Undefined unless the claims are exactly those of one kind: an agent
 * without a task is not a task with a claim missing.
 */
export function fromClaims(claims: JsonObject): VerifiedAccessToken | undefined {
  const { sub, aud, client_id: clientId, jti, iat, exp, act, task, env, scope, cnf } = claims
  const jkt = only(cnf, 'jkt')
  if (!isText(sub) || !sub.startsWith('user:') || !isText(aud) || !isText(clientId) || !isText(jti))
    return undefined
  if (!isText(jkt) || !isTime(iat) || !isTime(exp) || exp <= iat || exp - iat > LIMITS.accessTokenMaxSeconds)
    return undefined

  const common = {
    subject: sub as UserSubject,
    audience: aud,
    clientId,
    jkt,
    jti,
    issuedAt: iat,
    expiresAt: exp,
  }
  const bare = task === undefined && env === undefined && scope === undefined
  if (act === undefined) return bare ? { kind: 'user', ...common } : undefined

  const actors = actorsOf(act)
  const [actor, ...delegatedBy] = actors ?? []
  if (!actor) return undefined
  const agent = { ...common, actor }
  if (delegatedBy.length > 0 && bare) return undefined
  if (bare) return { kind: 'agent', ...agent }
  if (!isText(task) || !isText(env) || (scope !== undefined && !isText(scope))) return undefined
  const behind = delegatedBy.length > 0 && { delegatedBy }
  return { kind: 'task', ...agent, ...behind, task, environment: env, scopes: scope?.split(' ') ?? [] }
}

/** RFC 8693 §4.1: who acts is outermost; within, who acted before. */
const actClaim = (actor: AgentSubject, [next, ...rest]: readonly AgentSubject[] = []): JsonObject =>
  next === undefined ? { sub: actor } : { sub: actor, act: actClaim(next, rest) }

/** The way back, the outermost first; undefined for anything that is not such a chain. */
function actorsOf(act: unknown, generations: number = LIMITS.delegationDepth): AgentSubject[] | undefined {
  if (typeof act !== 'object' || act === null) return undefined
  const { sub, act: inner, ...unknown } = act as Record<string, unknown>
  if (!isText(sub) || !sub.startsWith('agent:') || Object.keys(unknown).length > 0) return undefined
  if (inner === undefined) return [sub as AgentSubject]
  const rest = generations > 0 ? actorsOf(inner, generations - 1) : undefined
  return rest && [sub as AgentSubject, ...rest]
}

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
/** NumericDate (RFC 7519 §2), whole seconds only. */
export const isTime = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0

function only(value: unknown, member: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const [[name, content] = [], ...rest] = Object.entries(value)
  return name === member && rest.length === 0 ? content : undefined
}
