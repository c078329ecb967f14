import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Secret } from '@credbroker/core/secret'
import type { Sql } from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import { connect } from './connect.ts'
import { parseDatabaseUrl } from './database-url.ts'
import { guarded } from './driver-errors.ts'

let server: TestPostgres
let proxy: Server
let through: string
let silent = false
let refusing = false
const open = new Set<Socket>()
const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)

beforeAll(async () => {
  server = await startTestPostgres()
  process.on('unhandledRejection', note)
  proxy = createServer((client) => {
    if (refusing) {
      client.destroy()
      return
    }
    const upstream = tcpConnect(server.port, '127.0.0.1')
    open.add(client)
    client.on('data', (chunk) => silent || upstream.write(chunk))
    upstream.on('data', (chunk) => silent || client.write(chunk))
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  through = server.url.replace(`:${server.port}/`, `:${typeof address === 'object' && address?.port}/`)
})

let sql: Sql
beforeEach(() => {
  silent = false
  refusing = false
})
afterEach(() => sql?.end({ timeout: 0 }))
afterAll(async () => {
  process.off('unhandledRejection', note)
  for (const socket of open) socket.destroy()
  proxy?.close()
  await server?.stop()
})

const settings = { max: 4 }
const client = (more = {}) => connect(parseDatabaseUrl(new Secret(through)), { ...settings, ...more })

describe('when connections are lost', () => {
  it('every statement ends, with a result or with 503, nothing is left unhandled, and the pool recovers', async () => {
    sql = client()
    await sql`CREATE TABLE counters AS SELECT g AS id, 0 AS a, 0 AS b FROM generate_series(1, 12) g`
    let over = false
    const bad: unknown[] = []
    const attempt = (work: () => PromiseLike<unknown>) =>
      guarded(work).catch((error) => {
        if (error.code !== 'store_unavailable') bad.push(error)
      })
    const worker = async (id: number) => {
      while (!over) {
        await attempt(() => sql`SELECT 1 WHERE ${id}::int = ANY (${[id, 2]}::int[])`)
        await attempt(() =>
          sql.begin(async (tx) => {
            await tx`UPDATE counters SET a = a + 1 WHERE id = ${id}`
            await delay(Math.random() * 3)
            await tx`UPDATE counters SET b = b + 1 WHERE id = ${id}`
          }),
        )
      }
    }
    const workers = Array.from({ length: 12 }, (_, index) => worker(index + 1))
    for (let round = 0; round < 60; round++) {
      await delay(Math.random() * 40)
      refusing = round % 5 === 0
      const sockets = [...open]
      if (round % 3 === 0) for (const socket of sockets) socket.destroy()
      else if (round % 3 === 1) for (const socket of sockets) socket.resetAndDestroy()
      else await terminateBackends()
    }
    refusing = false
    over = true
    const hung = Symbol('a statement that never ends')
    expect(await Promise.race([Promise.all(workers), delay(15_000, hung)])).not.toBe(hung)
    expect(bad).toEqual([])
    expect(unhandled).toEqual([])
    for (let index = 0; index < 20; index++) expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }])
    // Half a transaction was never applied.
    expect(await sql`SELECT id, a, b FROM counters WHERE a <> b`).toEqual([])
  })

  it('the first statement after a lost one does not inherit its error', async () => {
    sql = client({ max: 1 })
    await sql`SELECT 1`
    const cut = guarded(() => sql`SELECT pg_sleep(30)`).catch((error) => error.code)
    await delay(50)
    await terminateBackends()
    expect(await cut).toBe('store_unavailable')
    expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }])
  })

  it('a server that falls silent is given up, and its place in the pool is free again', async () => {
    sql = client({ max: 1, statementTimeoutSeconds: 0.2, silenceGraceSeconds: 0.3 })
    await sql`SELECT 1`
    silent = true
    const error = await guarded(() => sql`SELECT 2`).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'store_unavailable', fault: { mayHaveHappened: true } })
    silent = false
    await vi.waitFor(async () => expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }]), 20_000)
  })

  it('a listener hears again', async () => {
    sql = client()
    const heard: string[] = []
    let listening = 0
    await sql.listen(
      'news',
      (payload) => heard.push(payload),
      () => listening++,
    )
    refusing = true
    for (const socket of open) socket.destroy()
    await delay(300)
    refusing = false
    while (listening < 2) await delay(10)
    await sql.notify('news', 'again')
    while (heard.length === 0) await delay(10)
    expect(heard).toEqual(['again'])
  })
})

async function terminateBackends(): Promise<void> {
  const direct = connect(parseDatabaseUrl(new Secret(server.superuserUrl)), { max: 1 })
  await direct`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'credbroker'`
  await direct.end()
}
