import { BrokerError } from '@credbroker/core/errors'
import type { Context } from 'hono'
import { consoleUrl } from '../../domain/console-url.ts'
import { fillIn, NOT_BUILT, PAGE_HEADERS } from '../console/page.ts'
import type { HttpDeps, HttpEnv, Server } from '../server.ts'

/** First words of the paths at which people find the console: see apps/console/src/pages.ts. */
export const CONSOLE_PATHS = [
  'account',
  'agents',
  'approvals',
  'audit',
  'device',
  'environments',
  'freeze',
  'grants',
  'issuers',
  'leases',
  'login',
  'policies',
  'receipts',
  'roots',
  'scopes',
  'setup',
  'simulate',
  'sso',
  'tasks',
  'teams',
  'users',
  'who-has-write',
] as const

/** The console: one page for all of its paths, and what that page loads. */
export function consoleRoutes(server: Server, { cases, issuer, console: files }: HttpDeps): void {
  const home = new URL(consoleUrl(issuer))
  const built = files.page()
  const html = built === undefined ? NOT_BUILT : fillIn(built, { issuer, sso: cases.sso !== undefined })
  const page = (c: Context<HttpEnv>) => {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value)
    // Passkeys have no address but a name. What follows `#` goes along by itself.
    const asked = new URL(c.req.url)
    if (isLoopbackAddress(asked.hostname) && asked.hostname !== home.hostname)
      return c.redirect(`${home.origin}${c.req.path}${asked.search}`, 302)
    return c.html(html, built === undefined ? 503 : 200)
  }
  server.get('/', page)
  for (const path of CONSOLE_PATHS) {
    server.get(`/${path}`, page)
    server.get(`/${path}/*`, page)
  }

  const asset = (c: Context<HttpEnv>) => {
    const file = files.file(c.req.path.slice(1))
    if (!file) throw new BrokerError('not_found')
    // Names carry a digest of what is in them.
    const named = c.req.path.startsWith('/console/')
    c.header('cache-control', named ? 'public, max-age=31536000, immutable' : 'no-cache')
    c.header('cross-origin-resource-policy', 'same-origin')
    c.header('vary', 'accept-encoding')
    const compressed = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    if (compressed) c.header('content-encoding', 'gzip')
    return c.body(compressed ? file.gzip : file.body, 200, { 'content-type': file.type })
  }
  server.get('/console/*', asset)
  server.get('/icon.svg', asset)
}

const isLoopbackAddress = (host: string): boolean => /^127(\.\d+){3}$/.test(host) || host === '[::1]'
