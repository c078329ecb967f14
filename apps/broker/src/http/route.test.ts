import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import { bodyTooLarge, limitBody } from './body-limit.ts'
import { route } from './route.ts'
import type { HttpEnv } from './server.ts'

const answer = z.strictObject({ length: z.number() })
const body = z.strictObject({ text: z.string() })

/** One route that needs a token and one that does not, as the broker makes them. */
function server(identify: () => Promise<never>) {
  const app = new OpenAPIHono<HttpEnv>()
  app.use(async (c, next) => {
    c.set('identify', identify)
    await next()
  })
  app.use(limitBody())
  app.onError((error, c) => {
    const known = c.get('overLimit') ? bodyTooLarge() : error
    return c.json({}, (known instanceof BrokerError ? known.status : 400) as 400)
  })
  for (const open of [true, false])
    app.openapi(
      route('post', open ? '/open' : '/closed', { tag: 'x', summary: 'x', body, answer, open }),
      (c) => c.json({ length: c.req.valid('json').text.length }, 200),
    )
  return app
}

/** A body of as many bytes, sent without its length, that knows how much of it was read. */
function stream(bytes: number) {
  let read = 0
  const chunk = (text: string) => new TextEncoder().encode(text)
  const source = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (read === 0) controller.enqueue(chunk('{"text":"'))
        const size = Math.min(8192, bytes - read)
        read += size
        controller.enqueue(chunk('a'.repeat(size)))
        if (read < bytes) return
        controller.enqueue(chunk('"}'))
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  return { source, read: () => read }
}

const post = (app: ReturnType<typeof server>, path: string, source: ReadableStream) =>
  app.request(path, {
    method: 'POST',
    body: source,
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
  } as RequestInit)

const stranger = async (): Promise<never> => {
  throw new BrokerError('unauthenticated')
}
const friend = async () => ({}) as never

describe('a body', () => {
  it('of a stranger is not parsed, and at most its first piece is read', async () => {
    const { source, read } = stream(200_000)
    expect((await post(server(stranger), '/closed', source)).status).toBe(401)
    expect(read()).toBeLessThanOrEqual(8192)
  })

  it('is read where no token is needed, or the token is good', async () => {
    for (const [app, path] of [
      [server(stranger), '/open'],
      [server(friend), '/closed'],
    ] as const) {
      const response = await post(app, path, stream(20_000).source)
      expect(await response.json()).toEqual({ length: 20_000 })
    }
  })

  it('without a declared length is read no further than the limit', async () => {
    const { source, read } = stream(10 * LIMITS.bodyBytes)
    expect((await post(server(friend), '/closed', source)).status).toBe(413)
    expect(read()).toBeLessThan(2 * LIMITS.bodyBytes)
  })

  it('that declares more than the limit is refused before anybody is asked', async () => {
    const request = {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'application/json', 'content-length': String(LIMITS.bodyBytes + 1) },
    }
    expect((await server(stranger).request('/closed', request)).status).toBe(413)
  })
})
