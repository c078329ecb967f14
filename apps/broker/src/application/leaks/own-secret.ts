import { isOpaque, opaqueDigest } from '@credbroker/core/opaque'
import type { LeakMatch } from '@credbroker/core/wire/leaks'
import { actorOf, type Caller } from '../identity/caller.ts'
import type { LeakDeps } from './leak-deps.ts'

type Own = Extract<LeakMatch, { match: 'own' }>

/**
 * A secret that the broker itself gave out. Whoever has one could use it, so whoever reports one ends it: what is not used yet is
 * taken away, a session ends. Undefined for everything else.
 */
export async function endOwnSecret(
  deps: LeakDeps,
  caller: Caller,
  value: string,
  revoke: boolean,
): Promise<Own | undefined> {
  const digest = opaqueDigest(value)
  for (const kind of ['enr', 'set'] as const)
    if (isOpaque(kind, value)) return await endInvitation(deps, caller, digest, kind)
  if (isOpaque('ses', value)) return await endSession(deps, caller, digest)
  if (isOpaque('dev', value)) {
    await deps.oneTimeSecrets.voidLogin(digest, matched(deps, caller, 'login'))
    return own('login', true)
  }
  // Of a run on some machine; the broker never saw it, and it ends with that run.
  if (isOpaque('run', value)) return own('loopback', false)
  return /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(value) ? await endToken(deps, caller, value, revoke) : undefined
}

const own = (what: Own['what'], ended: boolean, more: Pick<Own, 'principal' | 'task'> = {}): Own => ({
  match: 'own',
  what,
  ended,
  ...more,
})

async function endInvitation(
  deps: LeakDeps,
  caller: Caller,
  digest: string,
  kind: 'enr' | 'set',
): Promise<Own> {
  const what = kind === 'enr' ? 'enrolment' : 'setup-code'
  const gone = await deps.oneTimeSecrets.voidInvitation(digest, matched(deps, caller, what))
  const found = gone ?? (await deps.enrolments.find(digest))
  return own(what, true, found ? { principal: found.principal } : {})
}

async function endSession(deps: LeakDeps, caller: Caller, digest: string): Promise<Own> {
  const found = await deps.sessions.find(digest)
  if (!found) return own('session', true)
  const { id, user } = found.body
  await deps.sessions.end({ id }, matched(deps, caller, 'session', id))
  return own('session', true, { principal: `user:${user}` })
}

/** Bound to a key and over in minutes; a task ends by it only where an operator says so, as anywhere else. */
async function endToken(
  deps: LeakDeps,
  caller: Caller,
  value: string,
  revoke: boolean,
): Promise<Own | undefined> {
  const token = await deps.verifier
    .verifyAccessToken(value, deps.issuer, deps.clock.now())
    .catch(() => undefined)
  if (!token) return undefined
  if (token.kind !== 'task') return own('access-token', false, { principal: token.clientId })
  await deps.audit.append([matched(deps, caller, 'task-token', token.task)])
  if (revoke) await deps.end({ task: token.task }, 'revoked', caller)
  return own('task-token', revoke, { principal: token.clientId, task: token.task })
}

const matched = ({ record }: LeakDeps, caller: Caller, kind: Own['what'], name?: string) =>
  record({
    type: 'leak.matched',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
    facts: { kind, ...(name && { name }) },
  })
