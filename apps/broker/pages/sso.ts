import { call, remember, type Started } from './api.ts'
import { busy, show } from './dom.ts'
import { takeNext } from './next-page.ts'

/** Kept in this window only: whoever brings an answer to another window cannot sign it in. */
const SECRET = 'credbroker.sso'

export async function leaveForSso(): Promise<void> {
  const secret = base64url(crypto.getRandomValues(new Uint8Array(32)))
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  const binding = base64url(new Uint8Array(digest))
  const { url } = await call<{ url: string }>('POST', '/v1/sessions/sso/start', { binding })
  sessionStorage.setItem(SECRET, secret)
  location.assign(url)
}

export async function ssoCallbackPage(): Promise<void> {
  const query = location.search.slice(1)
  history.replaceState(null, '', location.pathname)
  const secret = sessionStorage.getItem(SECRET)
  sessionStorage.removeItem(SECRET)
  await busy(async () => {
    show('waiting', false)
    if (secret === null)
      throw new Error('This sign-in did not begin in this window. Begin again at the sign-in page.')
    remember(await call<Started>('POST', '/v1/sessions/sso', { query, secret }))
    location.replace(takeNext())
  })
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
