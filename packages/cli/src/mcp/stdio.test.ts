import { PassThrough } from 'node:stream'
import type { CallInit } from '@credbroker/sdk/gateway-call'
import { expect, it } from 'vitest'
import { Denials } from './denials.ts'
import { serveOverStdio } from './stdio.ts'
import { Tasks } from './tasks.ts'

const APPROVAL = {
  id: `apr_${'0'.repeat(26)}`,
  state: 'pending',
  url: 'https://broker.example/approvals/1',
  endsAt: new Date('2027-01-01T00:00:00Z'),
  reason: 'a person has to look',
} as const

/** A server whose vendor never answers, and its client's end, by hand. */
function served() {
  const stdin = new PassThrough()
  const given = Promise.withResolvers<CallInit>()
  const heard: string[] = []
  const outBytes = async (bytes: Uint8Array) => void heard.push(Buffer.from(bytes).toString())
  const call = async (_scope: string, _path: string, init: CallInit) => {
    given.resolve(init)
    init.onApproval?.(APPROVAL)
    return await new Promise<Response>((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  }
  const desk = {
    tasks: new Tasks({ starter: () => Promise.reject(new Error('none')), after: () => () => {} }),
    denials: new Denials(),
    around: { call, access: () => Promise.reject(new Error('none')) },
  }
  const ended = serveOverStdio(
    { stdin: stdin as unknown as NodeJS.ReadStream, outBytes },
    desk,
    new Promise(() => {}),
  )
  const say = (message: object) => stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  say({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  })
  say({ method: 'notifications/initialized' })
  say({
    id: 2,
    method: 'tools/call',
    params: {
      name: 'run_operation',
      arguments: { scope: 'api', method: 'DELETE', path: '/v1/orders/1', wait_seconds: 300 },
      _meta: { progressToken: 'p' },
    },
  })
  return { say, given: given.promise, heard, ended, hangUp: () => stdin.end() }
}

const aborted = ({ signal }: CallInit) =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) resolve()
    signal?.addEventListener('abort', () => resolve())
  })

it('who waits for a person is told what for, and stops waiting when the client says so; the question is not touched', async () => {
  const server = served()
  const init = await server.given
  expect(init).toMatchObject({ approval: 'wait', timeoutMs: 300_000 })
  server.say({ method: 'notifications/cancelled', params: { requestId: 2, reason: 'enough' } })
  await aborted(init)
  expect(server.heard.join('')).toMatch(/notifications\/progress.*approvals\/1/)
  server.say({ id: 3, method: 'ping' })
  server.hangUp()
  await server.ended
  expect(server.heard.join('')).not.toContain('"id":2')
})

it('a client that goes away waits for nothing any more', async () => {
  const server = served()
  const init = await server.given
  server.hangUp()
  await Promise.all([aborted(init), server.ended])
})
