import { navigate } from 'wouter/use-browser-location'
import { pathOf } from '../api/base.ts'

const NEXT = 'credbroker.next'

/**
 * Where to come back to after signing in, kept in this window and never in an address, so that no link decides it. A path of
 * the console, as the router has it.
 */
export function signInFirst(here: string): void {
  sessionStorage.setItem(NEXT, here)
  navigate(pathOf('/login'), { replace: true })
}

export function takeNext(): string {
  const next = sessionStorage.getItem(NEXT)
  sessionStorage.removeItem(NEXT)
  return next?.startsWith('/') && !next.startsWith('//') ? next : '/'
}
