import type { LeakMatch } from '@credbroker/core/wire/leaks'
import type { OwnTrace, Reporter } from '../../domain/leak.ts'
import type { Caller } from '../identity/caller.ts'
import type { LeakDeps } from './leak-deps.ts'

type Own = Extract<LeakMatch, { match: 'own' }>

/**
 * A secret that the broker itself gave out. Whoever has one could use it, so whoever reports one ends it: what is not used yet is
 * taken away, a session ends. `revokeAs`: who asked for more than that, and may.
 */
export async function endOwnSecret(
  deps: LeakDeps,
  by: Reporter,
  found: OwnTrace,
  revokeAs: Caller | undefined,
): Promise<Own> {
  switch (found.what) {
    case 'enrolment':
    case 'setup-code': {
      const gone = await deps.oneTimeSecrets.voidInvitation(found.digest, matched(deps, by, found.what))
      const known = gone ?? (await deps.enrolments.find(found.digest))
      return own(found.what, true, known ? { principal: known.principal } : {})
    }
    case 'session':
      return await endSession(deps, by, found.digest)
    case 'login':
      await deps.oneTimeSecrets.voidLogin(found.digest, matched(deps, by, 'login'))
      return own('login', true)
    // Of a run on some machine; the broker never saw it, and it ends with that run.
    case 'loopback':
      return own('loopback', false)
    case 'access-token':
      return own('access-token', false, { principal: found.principal })
    // Bound to a key and over in minutes; a task ends by it only where an operator says so, as anywhere else.
    case 'task-token': {
      const { principal, task } = found
      await deps.audit.append([matched(deps, by, 'task-token', task)])
      if (revokeAs) await deps.end({ task }, 'revoked', revokeAs)
      return own('task-token', revokeAs !== undefined, { principal, task })
    }
  }
}

async function endSession(deps: LeakDeps, by: Reporter, digest: string): Promise<Own> {
  const found = await deps.sessions.find(digest)
  if (!found) return own('session', true)
  const { id, user } = found.body
  await deps.sessions.end({ id }, matched(deps, by, 'session', id))
  return own('session', true, { principal: `user:${user}` })
}

const own = (what: Own['what'], ended: boolean, more: Pick<Own, 'principal' | 'task'> = {}): Own => ({
  match: 'own',
  what,
  ended,
  ...more,
})

const matched = ({ record }: LeakDeps, by: Reporter, kind: Own['what'], name?: string) =>
  record({
    ...by,
    type: 'leak.matched',
    phase: 'event',
    result: 'ok',
    facts: { kind, ...(name && { name }) },
  })
