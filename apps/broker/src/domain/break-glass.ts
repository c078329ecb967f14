import type { BreakGlass } from './config.ts'
import type { ConfigSnapshot } from './snapshot.ts'

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
