import type { LeakMatch } from '@credbroker/core/wire/leaks'
import type { Reporter, Trace } from '../../domain/leak.ts'
import type { Lease } from '../../domain/lease.ts'
import type { FoundRoot } from '../../ports/leaks.ts'
import type { Caller } from '../identity/caller.ts'
import type { LeakDeps } from './leak-deps.ts'
import { endOwnSecret } from './own-secret.ts'
import { readRoots } from './read-roots.ts'

/**
 * Finds out whose each value was, by keyed digests alone (I1), and writes down what matched. Secrets of the broker itself end here;
 * leases do where somebody asked for it who may (`revokeAs`). In the order of the traces.
 */
export async function matchFindings(
  deps: LeakDeps,
  by: Reporter,
  traces: readonly Trace[],
  revokeAs?: Caller,
): Promise<LeakMatch[]> {
  await readRoots(deps)
  const all = [...new Set(traces.flatMap(({ parts }) => parts))]
  const roots = await deps.leakMatcher.roots(all)
  const leases = await deps.leakMatcher.leases(all)
  const matches: LeakMatch[] = []
  for (const { parts, own } of traces) {
    const fits = (found: { readonly fingerprints: readonly string[] }) =>
      found.fingerprints.some((one) => parts.includes(one))
    const lease = leases.find(fits)?.lease
    matches.push(
      (own && (await endOwnSecret(deps, by, own, revokeAs))) ??
        (await rootsMatch(deps, by, roots.filter(fits))) ??
        (lease && (await leaseMatch(deps, by, lease, revokeAs !== undefined))) ?? { match: 'unknown' },
    )
  }
  return matches
}

/** All that it opens are marked; told is the first, which is in use where any is. */
async function rootsMatch(
  deps: LeakDeps,
  by: Reporter,
  found: readonly FoundRoot[],
): Promise<LeakMatch | undefined> {
  const matches: LeakMatch[] = []
  for (const one of found) {
    const match = await rootMatch(deps, by, one)
    if (match) matches.push(match)
  }
  return matches[0]
}

async function rootMatch(deps: LeakDeps, by: Reporter, found: FoundRoot): Promise<LeakMatch | undefined> {
  const { snapshot } = await deps.config.current()
  const row = snapshot.stored('roots', found.root)?.row
  if (!row) return undefined
  const { root, version, state } = found
  const { actor } = by
  const event = deps.record({ ...matched(by), facts: { kind: 'root', root, rootVersion: version } })
  await deps.leakedRoots.note({ root, version, by: `${actor.kind}:${actor.id}` }, event)
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

async function leaseMatch(deps: LeakDeps, by: Reporter, found: Lease, revoke: boolean): Promise<LeakMatch> {
  const { id, environment, scope } = found
  const event = deps.record({ ...matched(by), lease: id, environment, scope, facts: { kind: 'lease' } })
  const ends = revoke && found.state !== 'ended'
  if (!ends) await deps.audit.append([event])
  const revoked = deps.record({ ...matched(by), type: 'lease.revoked', lease: id })
  const lease = (ends && (await deps.revokeLease(id, [event, revoked]))) || found
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

const matched = (by: Reporter) => ({
  ...by,
  type: 'leak.matched' as const,
  phase: 'event' as const,
  result: 'ok' as const,
})
