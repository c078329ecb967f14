import type { HttpDeps, Server } from '../server.ts'

export function healthRoutes(server: Server, { ready, metrics }: HttpDeps): void {
  server.get('/healthz', (c) => c.json({ status: 'alive' }))
  server.get('/readyz', async (c) => {
    const isReady = await ready()
    return c.json({ status: isReady ? 'ready' : 'the database does not answer' }, isReady ? 200 : 503)
  })
  server.get('/metrics', async (c) => c.text(await metrics()))
}
