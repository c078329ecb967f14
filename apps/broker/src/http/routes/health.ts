import { describePublic } from '../public-document.ts'
import { remembered } from '../remembered.ts'
import type { HttpDeps, Server } from '../server.ts'

const METRICS_SECONDS = 5

export function healthRoutes(server: Server, { ready, metrics, world }: HttpDeps): void {
  const recent = remembered(METRICS_SECONDS, world.clock, metrics)
  const tag = 'Health'
  describePublic(server, '/healthz', { tag, summary: 'Whether the process lives' })
  describePublic(server, '/readyz', { tag, summary: 'Whether it can serve', or503: true })
  describePublic(server, '/metrics', { tag, summary: 'Counts, for Prometheus', type: 'text/plain' })
  server.get('/healthz', (c) => c.json({ status: 'alive' }))
  server.get('/readyz', async (c) => {
    const isReady = await ready()
    return c.json({ status: isReady ? 'ready' : 'the database does not answer' }, isReady ? 200 : 503)
  })
  server.get('/metrics', async (c) => c.text(await recent()))
}
