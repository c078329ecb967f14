import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'

// What a proxy costs that decides nothing: it adds a header and passes everything on.
const origin = process.env['ORIGIN'] ?? ''
const app = new Hono().all('*', (c) => {
  const { pathname, search } = new URL(c.req.url)
  return proxy(`${origin}${pathname}${search}`, {
    headers: { ...c.req.header(), host: undefined, authorization: 'Bearer root' },
  })
})
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  process.stdout.write(`${JSON.stringify({ port })}\n`),
)
