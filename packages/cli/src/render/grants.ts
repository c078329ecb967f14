import type { GrantView, LeaseView } from '@credbroker/core/wire/tasks'
import { printable } from './printable.ts'
import { table } from './table.ts'

export const grantTable = (grants: readonly GrantView[], columns?: number): string =>
  table(
    ['scope', 'environment', 'access', 'state', 'ends', 'grant', 'task'],
    grants.map((grant) => [
      grant.scope,
      grant.environment,
      grant.access.join(' '),
      grant.end_reason === undefined ? grant.state : `${grant.state} (${grant.end_reason})`,
      grant.ends_at,
      grant.id,
      grant.task,
    ]),
    columns,
  )

/** Why each scope or level that is not granted is not, and what would change that. */
export const refusals = (grants: readonly GrantView[]): string =>
  grants
    .flatMap(({ scope, denied_access = [] }) =>
      denied_access.map(
        ({ access, reason }) => `denied: ${access} of ${printable(scope)} · ${printable(reason)}\n`,
      ),
    )
    .join('') +
  grants
    .filter(({ state }) => state === 'denied' || state === 'pending')
    .map((grant) => {
      const why = [grant.code, grant.reason].filter(Boolean).join(' · ')
      const needs = (grant.required ?? []).map((need) => `\n  needs: ${printable(need)}`).join('')
      const link = grant.approval_url === undefined ? '' : `\n  approve at: ${printable(grant.approval_url)}`
      return `${grant.state}: ${printable(grant.scope)}${why && ` · ${printable(why)}`}${needs}${link}\n`
    })
    .join('')

/** The two facts are said separately: a dead credential may leave a session that lives (I8). */
export const leaseTable = (leases: readonly LeaseView[], columns?: number): string =>
  table(
    ['lease', 'scope', 'environment', 'agent', 'state', 'credential', 'sessions', 'dead by'],
    leases.map((lease) => [
      lease.id,
      lease.scope,
      lease.environment,
      lease.agent,
      lease.state,
      lease.credential_dead ? 'dead' : 'alive',
      lease.sessions_dead ? 'dead' : 'alive',
      lease.dead_by ?? 'when the broker ends it',
    ]),
    columns,
  )
