import { Secret } from '@credbroker/core/secret'
import { spellingsOf } from '@credbroker/core/secret-parts'
import type { LeakMatch, LeakReport } from '@credbroker/core/wire/leaks'
import type { Lease } from '../../domain/lease.ts'
import type { FoundRoot } from '../../ports/leaks.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import type { LeakDeps } from './leak-deps.ts'
import { endOwnSecret } from './own-secret.ts'
import { readRoots } from './read-roots.ts'

/**
 * Finds out whose each value is, by keyed digests alone (I1), and writes down what matched. Secrets of the broker itself end here;
 * leases do where `revoke` says so. In the order of the findings.
 */
export async function matchFindings(
  deps: LeakDeps,
  caller: Caller,
  findings: LeakReport['findings'],
  revoke: boolean,
): Promise<LeakMatch[]> {
  await readRoots(deps)
  const spelled = findings.map(({ value }) =>
    spellingsOf(new Secret(value)).map((part) => deps.fingerprints.part(part)),
  )
  const all = [...new Set(spelled.flat())]
  const roots = await deps.leakMatcher.roots(all)
  const leases = await deps.leakMatcher.leases(all)
  const matches: LeakMatch[] = []
  for (const [at, { value }] of findings.entries()) {
    const fits = (found: { readonly fingerprints: readonly string[] }) =>
      found.fingerprints.some((one) => spelled[at]?.includes(one))
    const root = roots.find(fits)
    const lease = leases.find(fits)?.lease
    matches.push(
      (await endOwnSecret(deps, caller, value.trim(), revoke)) ??
        (root && (await rootMatch(deps, caller, root))) ??
        (lease && (await leaseMatch(deps, caller, lease, revoke))) ?? { match: 'unknown' },
    )
  }
  return matches
}

async function rootMatch(deps: LeakDeps, caller: Caller, found: FoundRoot): Promise<LeakMatch | undefined> {
  const { snapshot } = await deps.config.current()
  const row = snapshot.stored('roots', found.root)?.row
  if (!row) return undefined
  const { root, version, state } = found
  await deps.leakedRoots.note(
    found,
    deps.record({ ...event(caller), facts: { kind: 'root', root, rootVersion: version } }),
  )
  const environments = snapshot.rows.root_environments
    .filter(({ row: use }) => use.root === root)
    .map(({ row: use }) => use.environment)
  const lives = state === 'current' || state === 'next'
  const rotates = deps.providers.get(row.provider)?.rotation !== undefined
  return {
    match: 'root',
    root,
    owner: row.owner,
    environments,
    provider: row.provider,
    version,
    state,
    end: lives ? (rotates ? 'rotate' : 'replace') : 'none',
  }
}

async function leaseMatch(deps: LeakDeps, caller: Caller, found: Lease, revoke: boolean): Promise<LeakMatch> {
  const { id, environment, scope } = found
  const matched = deps.record({ ...event(caller), lease: id, environment, scope, facts: { kind: 'lease' } })
  const ends = revoke && found.state !== 'ended'
  if (!ends) await deps.audit.append([matched])
  const revoked = deps.record({ ...event(caller), type: 'lease.revoked', lease: id })
  const lease = (ends && (await deps.revokeLease(id, [matched, revoked]))) || found
  const owner = (await deps.tasks.find(lease.task))?.task.owner
  return {
    match: 'lease',
    lease: id,
    task: lease.task,
    agent: lease.agent,
    ...(owner && { owner }),
    scope,
    environment,
    state: lease.state,
    credential_dead: lease.credentialDead,
    revoked: ends,
  }
}

const event = (caller: Caller) => ({
  type: 'leak.matched' as const,
  phase: 'event' as const,
  result: 'ok' as const,
  actor: actorOf(caller),
  request: caller.requestId,
})
