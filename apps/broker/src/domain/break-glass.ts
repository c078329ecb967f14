import type { ConfigSnapshot } from './snapshot.ts'

/**
 * Somebody let one agent go beyond policy in one environment for a while. It lies in the row of controls, and so counts
 * only as it was written last (I13). Times are ISO 8601, UTC.
 */
export interface BreakGlass {
  readonly id: string
  readonly environment: string
  readonly agent: string
  /** Null: every scope of the environment. */
  readonly scopes: readonly string[] | null
  readonly reason: string
  readonly by: string
  readonly at: string
  readonly endsAt: string
}

/** What counts at this moment: it has not ended, and whoever answers for it is still an admin. @throws BrokerError `tampered` */
export const brokenNow = (snapshot: ConfigSnapshot, now: Date): BreakGlass[] =>
  (snapshot.controls().breakGlass ?? []).filter(
    (one) => now.getTime() < Date.parse(one.endsAt) && isAdmin(snapshot, one.by),
  )

/** The same for lists, which show everything else even where the row of controls is not what was written last. */
export const brokenToShow = (snapshot: ConfigSnapshot, now: Date): BreakGlass[] =>
  snapshot.stored('controls', 'controls')?.intact ? brokenNow(snapshot, now) : []

/** Under which of them this would be done. @throws BrokerError `tampered` */
export const brokenFor = (
  snapshot: ConfigSnapshot,
  subject: { readonly environment: string; readonly agent: string; readonly scope: string },
  now: Date,
): BreakGlass | undefined =>
  brokenNow(snapshot, now).find(
    ({ environment, agent, scopes }) =>
      environment === subject.environment &&
      agent === subject.agent &&
      (scopes === null || scopes.includes(subject.scope)),
  )

/** Of the user's row as it is: where it is not intact, others notice and say so. */
function isAdmin(snapshot: ConfigSnapshot, name: string): boolean {
  const user = snapshot.stored('users', name)
  return user?.intact === true && !user.row.disabled && user.row.roles.includes('admin')
}
