import type { Context } from 'hono'
import { consoleUrl } from '../../domain/console-url.ts'
import { APPROVAL, APPROVALS, DEVICE, login, SETUP, SSO_CALLBACK } from '../pages/pages.ts'
import { SCRIPT } from '../pages/script.gen.ts'
import { PAGE_HEADERS, type Page, renderPage } from '../pages/shell.ts'
import { STYLE } from '../pages/style.ts'
import type { HttpDeps, HttpEnv, Server } from '../server.ts'

/** The few pages that people need before there is a console, and what they load. */
export function pageRoutes(server: Server, { cases, issuer }: HttpDeps): void {
  const console = new URL(consoleUrl(issuer))
  const serve = (page: Page) => {
    const html = renderPage(page, issuer)
    return (c: Context<HttpEnv>) => {
      for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value)
      // Passkeys have no address but a name. What follows `#` goes along by itself.
      const other = new URL(c.req.url)
      if (isLoopbackAddress(other.hostname) && other.hostname !== console.hostname)
        return c.redirect(`${console.origin}${c.req.path}${other.search}`, 302)
      return c.html(html)
    }
  }
  server.get('/setup', serve(SETUP))
  server.get('/login', serve(login(cases.sso !== undefined)))
  server.get('/device', serve(DEVICE))
  server.get('/approvals', serve(APPROVALS))
  server.get('/approvals/:id', serve(APPROVAL))
  server.get('/sso/callback', serve(SSO_CALLBACK))

  const asset = (type: string, text: string) => (c: Context<HttpEnv>) => {
    c.header('cache-control', 'no-cache')
    c.header('cross-origin-resource-policy', 'same-origin')
    return c.body(text, 200, { 'content-type': `${type}; charset=utf-8` })
  }
  server.get('/pages/page.js', asset('text/javascript', SCRIPT))
  server.get('/pages/page.css', asset('text/css', STYLE))
}

const isLoopbackAddress = (host: string): boolean => /^127(\.\d+){3}$/.test(host) || host === '[::1]'
