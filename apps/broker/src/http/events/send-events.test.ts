import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { EventMessage } from '@credbroker/core/wire/events'
import { afterEach, expect, it, vi } from 'vitest'
import { type EventStream, type Pace, sendEvents } from './send-events.ts'

const servers: Server[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) {
    server.close()
    await once(server, 'close')
  }
})

const message = (index: number): EventMessage => ({
  index,
  at: '2026-01-01T00:00:00.000Z',
  type: 'task.started',
  phase: 'event',
  actor: { kind: 'agent', id: 'fixer' },
})

/** Many, one after the other, and how many were asked for. */
function many(signal: AbortSignal) {
  const made = { count: 0 }
  async function* messages() {
    while (!signal.aborted) {
      made.count += 1
      yield message(made.count)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { made, messages: messages() }
}

async function serve(stream: EventStream, pace: Pace): Promise<Socket> {
  const server = createServer((_, outgoing) => void sendEvents(outgoing, stream, 'req_1', pace))
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => undefined)
  sockets.push(socket)
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  return socket
}

/** Until nothing more is made, because nobody reads. */
async function stalled(made: { readonly count: number }): Promise<void> {
  let before = -1
  await vi.waitFor(
    () => {
      const same = before === made.count && made.count > 0
      before = made.count
      expect(same).toBe(true)
    },
    { timeout: 30_000, interval: 200 },
  )
}

it('makes no more than is read, and cuts whoever reads nothing for too long', async () => {
  const over = new AbortController()
  const { made, messages } = many(over.signal)
  const stream = { messages, over, mayStillLook: async () => undefined }
  const socket = await serve(stream, { lookMs: 50, beatEveryLooks: 1, patienceLooks: 20 })
  socket.pause()
  await vi.waitFor(() => expect(over.signal.aborted).toBe(true), 30_000)
  const { count } = made
  await stalled(made)
  expect(made.count - count).toBeLessThan(2)
}, 60_000)

it('ends for whoever may not look any more, also while they read nothing (I8)', async () => {
  const over = new AbortController()
  const { made, messages } = many(over.signal)
  let mayLook = true
  const mayStillLook = async () => {
    if (!mayLook) throw new Error('no')
  }
  const socket = await serve(
    { messages, over, mayStillLook },
    { lookMs: 50, beatEveryLooks: 1, patienceLooks: 1e9 },
  )
  socket.pause()
  await stalled(made)
  mayLook = false
  await vi.waitFor(() => expect(over.signal.aborted).toBe(true), 10_000)
  const { count } = made
  let text = ''
  socket.on('data', (piece) => {
    text += piece
  })
  socket.resume()
  if (!socket.destroyed) await once(socket, 'close')
  const last = [...text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1]
  expect(Number(last)).toBeLessThanOrEqual(count)
  expect(text).not.toMatch(/\r\n0\r\n\r\n$/)
}, 60_000)

it('tells nobody to keep it, to pack it or to gather it', async () => {
  const over = new AbortController()
  const { messages } = many(over.signal)
  const stream = { messages, over, mayStillLook: async () => undefined }
  const socket = await serve(stream, { lookMs: 50, beatEveryLooks: 1, patienceLooks: 1e9 })
  let text = ''
  socket.on('data', (piece) => {
    text += piece
  })
  await vi.waitFor(() => expect(text).toMatch(/^id: 2$/m), 10_000)
  expect(text).toMatch(/^cache-control: no-store, no-transform\r$/m)
  expect(text).toMatch(/^x-accel-buffering: no\r$/m)
  expect(text).toContain(`id: 1\nevent: task.started\ndata: ${JSON.stringify(message(1))}\n\n`)
  over.abort()
  await once(socket, 'close')
}, 30_000)
