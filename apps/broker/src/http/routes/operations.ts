import { name } from '@credbroker/core/names'
import { z } from '@hono/zod-openapi'
import { requireRole } from '../../application/identity/caller.ts'
import { rotateKey } from '../../application/identity/rotate-key.ts'
import type { SigningKeyRecord } from '../../ports/signing-keys.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()
const keyView = (now: Date) => (key: SigningKeyRecord) => ({
  purpose: key.purpose,
  kid: key.kid,
  created_at: iso(key.createdAt),
  state: key.retiredAt !== null ? 'retired' : key.signsFrom * 1000 > now.getTime() ? 'next' : 'valid',
})

export function operationRoutes(server: Server, deps: HttpDeps): void {
  const { cases, world } = deps

  const key = z.strictObject({
    purpose: z.string(),
    kid: z.string(),
    created_at: z.string(),
    state: z.string(),
  })
  const keys = z.strictObject({
    items: z.array(key),
    kek: z.strictObject({ id: z.string(), source: z.string() }),
  })
  server.openapi(
    route('get', '/v1/keys', {
      tag: 'Keys',
      summary: 'Signing keys and the key-encryption key',
      answer: keys,
    }),
    async (c) => {
      requireRole(await provenCaller(c, deps), 'viewer')
      const { rows } = (await cases.parts.config.newest()).snapshot
      const issuers = await Promise.all(
        rows.environments.map(({ row }) => deps.keys.assertions.list(row.name)),
      )
      const items = [...(await deps.keys.list()), ...issuers.flat()].map(keyView(world.clock.now()))
      return c.json({ items, kek: deps.keys.kek }, 200)
    },
  )
  const { config, record } = cases.parts
  const rotated = rotateKey({ config, record, keys: deps.keys, now: () => world.clock.now() })
  const rotate = {
    tag: 'Keys',
    summary: 'A new signing key; the old one verifies until its tokens are over',
    body: z.union([
      z.strictObject({ purpose: z.literal('access-token') }),
      z.strictObject({ purpose: z.literal('assertion'), environment: name }),
    ]),
    answer: z.strictObject({ kid: z.string() }),
  }
  server.openapi(route('post', '/v1/keys/rotate', rotate), async (c) => {
    const { kid } = await rotated(await provenCaller(c, deps), c.req.valid('json'))
    return c.json({ kid }, 200)
  })
}
