import { BrokerError } from '@credbroker/core/errors'
import { OpenAPIHono } from '@hono/zod-openapi'
import { expect, it } from 'vitest'
import { allowMethods } from './allowed-methods.ts'
import type { HttpEnv } from './server.ts'

const app = new OpenAPIHono<HttpEnv>()
app.use(allowMethods(app))
app.onError((error, c) => c.text('', (error instanceof BrokerError ? error.status : 500) as 500))
app.get('/things', (c) => c.text('all'))
app.post('/things/options', (c) => c.text('options'))
app.delete('/things/:id', (c) => c.text('gone'))
app.get('/things/:id/.well-known/keys', (c) => c.text('keys'))

const ask = async (method: string, path: string) => {
  const response = await app.request(path, { method })
  return { status: response.status, allow: response.headers.get('allow') }
}

it('a method that no route of a path takes is refused, and Allow names those that one does', async () => {
  expect(await ask('GET', '/things')).toEqual({ status: 200, allow: null })
  expect(await ask('HEAD', '/things')).toEqual({ status: 200, allow: null })
  for (const method of ['POST', 'OPTIONS', 'PATCH', 'SURPRISE'])
    expect(await ask(method, '/things'), method).toEqual({ status: 405, allow: 'GET, HEAD' })
  expect(await ask('GET', '/things/7')).toEqual({ status: 405, allow: 'DELETE' })
})

it('a path that is spelt out is no name under another one', async () => {
  expect(await ask('DELETE', '/things/options')).toEqual({ status: 405, allow: 'POST' })
  expect(await ask('DELETE', '/things/7')).toEqual({ status: 200, allow: null })
})

it('an unknown path has no methods', async () => {
  expect(await ask('GET', '/nothing')).toEqual({ status: 404, allow: null })
  expect(await ask('GET', '/things/7/Xwell-known/keys')).toEqual({ status: 404, allow: null })
})
