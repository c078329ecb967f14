import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { leanFetch } from './lean-fetch.ts'

let server: Server
let url: string
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/moved') return void response.writeHead(307, { location: '/' }).end()
    if (request.url === '/silent') return
    response.writeHead(201, { 'dpop-nonce': 'n-1' })
    request.pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const init = (signal = AbortSignal.timeout(10_000)) =>
  ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    redirect: 'error',
    signal,
    body: '{"a":"ä"}',
  }) as const

describe('the fetch of broker exec', () => {
  it('sends the body and gives status, headers and text', async () => {
    const answer = await leanFetch(`${url}/`, init())
    expect([answer.status, answer.headers.get('DPoP-Nonce'), answer.headers.get('x')]).toEqual([
      201,
      'n-1',
      null,
    ])
    expect(await answer.text()).toBe('{"a":"ä"}')
  })

  it('never follows a redirect', async () => {
    await expect(leanFetch(`${url}/moved`, init())).rejects.toThrow('redirected')
  })

  it('gives up when told to, with the reason', async () => {
    await expect(leanFetch(`${url}/silent`, init(AbortSignal.timeout(20)))).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })
})
