import type { Server } from '../server.ts'

/** What a browser sees until there is a console: what this is, and the commands that do the work. No script, no state. */
export function landingRoute(server: Server): void {
  server.get('/', (c) => {
    c.header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    )
    c.header('referrer-policy', 'no-referrer')
    return c.html(PAGE)
  })
}

const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Credbroker</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
  body { max-width: 42rem; margin: 4rem auto; padding: 0 1.25rem }
  pre { padding: 1rem; overflow-x: auto; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 8px }
  h1 { font-size: 1.5rem }
</style>
<h1>Credbroker is running</h1>
<p>Agents get credentials here that are bound to one task and one environment and live minutes. Everything is done with
the <code>broker</code> command for now; people have their passkeys and sessions at <a href="login">login</a>.</p>
<pre>broker whoami                    who this machine is here
broker init                      a starter configuration
broker apply -f credbroker       show the difference, then apply it
broker agent invite NAME         a one-time token for an agent’s key
broker task list                 what is going on
broker audit tail                what has happened
broker freeze --all              stop everything</pre>
<p>The API describes itself at <a href="/openapi.json">/openapi.json</a>.</p>
</html>
`
