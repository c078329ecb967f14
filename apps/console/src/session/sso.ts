import { call } from '../api/call.ts'
import type { Started } from '../api/session.ts'

/** Kept in this window only: whoever brings an answer to another window cannot sign it in. */
const SECRET = 'credbroker.sso'

/** The broker says so in the page. */
export const offersSso = document.body.dataset['sso'] === 'true'

export async function leaveForSso(): Promise<void> {
  const secret = base64url(crypto.getRandomValues(new Uint8Array(32)))
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  const binding = base64url(new Uint8Array(digest))
  const { url } = await call<{ url: string }>('/v1/sessions/sso/start', { method: 'POST', body: { binding } })
  sessionStorage.setItem(SECRET, secret)
  location.assign(url)
}

/** `query`: what the identity provider added to the address. */
export async function returnFromSso(query: string): Promise<Started> {
  const secret = sessionStorage.getItem(SECRET)
  sessionStorage.removeItem(SECRET)
  if (secret === null)
    throw new Error('This sign-in did not begin in this window. Begin again at the sign-in page.')
  return await call<Started>('/v1/sessions/sso', { method: 'POST', body: { query, secret } })
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
