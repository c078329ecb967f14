import { type Me, pathOf, signedIn } from './api.ts'

const NEXT = 'credbroker.next'
/** Pages of ours that send people to sign in and want them back. */
const KNOWN = /^\/(device|approvals(\/apr_[0-9a-z]{26})?)$/

/**
 * Who is signed in; anybody else is sent to sign in and comes back here. Where to go back to is kept in this window and
 * never in an address, so that no link decides it.
 *
 * @public for the pages in {@link KNOWN}
 */
export async function requireSignedIn(here: string): Promise<Me> {
  const me = await signedIn()
  if (me) return me
  sessionStorage.setItem(NEXT, here)
  location.replace(pathOf('/login'))
  return await new Promise(() => {})
}

/** Where to go after signing in. */
export function takeNext(): string {
  const next = sessionStorage.getItem(NEXT) ?? ''
  sessionStorage.removeItem(NEXT)
  return pathOf(KNOWN.test(next) ? next : '/login')
}
