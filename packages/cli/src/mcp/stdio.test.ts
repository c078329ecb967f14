import { PassThrough } from 'node:stream'
import { Broker } from '@credbroker/sdk/broker'
import type { CallInit } from '@credbroker/sdk/gateway-call'
import { systemIo } from '@credbroker/sdk/io'
import { expect, it, vi } from 'vitest'
import { fakeBroker } from '../../../sdk/test/fake-broker.ts'
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

const CALL = { scope: 'api', method: 'DELETE', path: '/v1/orders/1', wait_seconds: 300 }

/** A server with one call of a tool, and its client's end by hand. Its vendor never answers. */
function calling(name: string, args: object, starter = async (): Promise<Broker> => fail()) {
  const stdin = new PassThrough()
  const made = Promise.withResolvers<CallInit>()
  const heard: string[] = []
  const call = async (_scope: string, _path: string, init: CallInit) => {
    made.resolve(init)
    init.onApproval?.(APPROVAL)
    return await new Promise<Response>((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  }
  const tasks = new Tasks({ starter, after: systemIo.after })
  const ended = serveOverStdio(
    {
      stdin: stdin as unknown as NodeJS.ReadStream,
      outBytes: async (bytes) => void heard.push(Buffer.from(bytes).toString()),
    },
    { tasks, denials: new Denials(), around: { call, access: async () => fail() } },
    new Promise(() => {}),
  )
  const say = (message: object) => stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const clientInfo = { name: 'test', version: '1' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  say({ id: 1, method: 'initialize', params })
  say({ method: 'notifications/initialized' })
  say({ id: 2, method: 'tools/call', params: { name, arguments: args, _meta: { progressToken: 'p' } } })
  return {
    made: made.promise,
    tasks,
    heard: () => heard.join(''),
    cancel: () => say({ method: 'notifications/cancelled', params: { requestId: 2, reason: 'enough' } }),
    hangUp: async () => {
      stdin.end()
      await ended
    },
  }
}

const fail = (): never => {
  throw new Error('nobody asks for that here')
}

const aborted = ({ signal }: CallInit) =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) resolve()
    signal?.addEventListener('abort', () => resolve())
  })

it('who waits for a person is told what for, and stops waiting when the client says so; the question is not touched', async () => {
  const server = calling('run_operation', CALL)
  const init = await server.made
  expect(init).toMatchObject({ approval: 'wait', timeoutMs: 300_000 })
  server.cancel()
  await aborted(init)
  expect(server.heard()).toMatch(/notifications\/progress.*approvals\/1/)
  await server.hangUp()
  expect(server.heard()).not.toContain('"id":2')
})

it('a client that goes away waits for nothing any more', async () => {
  const server = calling('run_operation', CALL)
  const init = await server.made
  await Promise.all([aborted(init), server.hangUp()])
})

it('a task whose request was cancelled is in the list all the same, and ends with the server', async () => {
  await using fake = await fakeBroker({ api: { gateway: { connector: 'http', hosts: [] } } })
  const [asked, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const wanted = { environment: 'staging', purpose: 'x', scopes: ['api'] }
  const server = calling('request_access', wanted, async () => {
    asked.resolve()
    await go.promise
    return new Broker(fake.profile)
  })
  await asked.promise
  server.cancel()
  go.resolve()
  await vi.waitFor(() => expect(server.tasks.all).toHaveLength(1), 20_000)
  const [task] = server.tasks.all
  await server.hangUp()
  expect(server.heard()).not.toContain('"id":2')
  await server.tasks[Symbol.asyncDispose]()
  expect(task?.state).toBe('ended')
})
