import { BrokerError } from '@credbroker/core/errors'
import { name } from '@credbroker/core/names'
import { z } from '@hono/zod-openapi'
import { describePublic } from '../public-document.ts'
import type { HttpDeps, Server } from '../server.ts'

/** Vendors keep it that long, and a new key is published hours before it signs. */
const CACHE = 'public, max-age=300'

/** The assertion issuers: what a vendor fetches in order to verify what an environment's key signed. */
export function issuerRoutes(server: Server, { cases }: HttpDeps): void {
  const said = { tag: 'Discovery', params: z.object({ environment: name }) }
  const path = '/issuers/{environment}'
  describePublic(server, `${path}/.well-known/openid-configuration`, {
    ...said,
    summary: 'The assertion issuer of an environment (OpenID Connect Discovery)',
  })
  describePublic(server, `${path}/jwks.json`, { ...said, summary: 'Its keys (RFC 7517)' })
  server.get('/issuers/:environment/.well-known/openid-configuration', async (c) => {
    const metadata = await cases.assertionIssuers.metadata(named(c.req.param('environment')))
    c.header('cache-control', CACHE)
    return c.json(metadata)
  })
  server.get('/issuers/:environment/jwks.json', async (c) => {
    const keys = await cases.assertionIssuers.jwks(named(c.req.param('environment')))
    c.header('cache-control', CACHE)
    return c.json(keys)
  })
}

function named(text: string): string {
  const parsed = name.safeParse(text)
  if (!parsed.success) throw new BrokerError('not_found')
  return parsed.data
}
