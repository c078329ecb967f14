import { Secret } from '@credbroker/core/secret'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../test/harness/postgres.ts'
import { apiError, LeaseEndedError } from './errors.ts'
import { systemIo } from './io.ts'
import type { Lease } from './lease.ts'
import { LeaseHandle } from './lease-handle.ts'
import { pgConfig } from './pg.ts'
import { postgresOptions } from './postgres.ts'

let server: TestPostgres
let admin: postgres.Sql
let serial = 0
const clock = { skew: 0 }
const io = { ...systemIo, now: () => new Date(Date.now() + clock.skew) }

beforeAll(async () => {
  server = await startTestPostgres()
  admin = postgres(server.superuserUrl, { max: 1, onnotice: () => {} })
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})
beforeEach(() => {
  clock.skew = 0
})

/** Mints as a provider would: a database user of its own for every lease. */
async function mint(): Promise<Lease> {
  const user = `brk_test_${++serial}`
  const password = `pw-${serial}`
  await admin.unsafe(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`)
  const expiresAt = new Date(io.now().getTime() + 900_000)
  const credential = {
    form: 'postgres' as const,
    host: '127.0.0.1',
    port: server.port,
    database: 'credbroker',
    user,
    password: new Secret(password),
    sslmode: 'disable' as const,
  }
  const scope = 'orders-ro'
  return {
    id: `lse_${serial}`,
    scope,
    environment: 'staging',
    credential,
    expiresAt,
    deadBy: expiresAt,
    cappedBy: 'scope',
  }
}

describe('a pool of the postgres package', () => {
  it('signs in with the lease of the moment, also after the user name has changed', async () => {
    const options = await postgresOptions(new LeaseHandle('orders-ro', mint, io), io)
    let closed = 0
    const sql = postgres({ ...options, max: 4, onclose: () => closed++ })
    const who = async () => {
      const held = await Promise.all(
        Array.from({ length: 4 }, () => sql`SELECT current_user AS name, pg_sleep(0.05)`),
      )
      return new Set(held.map(([row]) => row?.['name'] as string))
    }
    const before = await who()
    expect(before).toEqual(new Set([options.user]))
    await admin.unsafe(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${options.user}'`,
    )
    await admin.unsafe(`ALTER ROLE ${options.user} NOLOGIN`)
    await vi.waitFor(() => expect(closed).toBe(4), 20_000)
    clock.skew = 800_000
    const after = await who()
    expect(after).toEqual(new Set([`brk_test_${serial}`]))
    expect(after).not.toEqual(before)
    await sql.end()
  })

  it('replaces its connections before a lease can end under them', async () => {
    const { max_lifetime } = await postgresOptions(new LeaseHandle('orders-ro', mint, io), io)
    expect(max_lifetime).toBeGreaterThan(0)
    expect(max_lifetime).toBeLessThanOrEqual(900 / 5)
  })

  it('gives the denial of the broker to the query that needed the connection', async () => {
    let denied = false
    const handle = new LeaseHandle('orders-ro', () => (denied ? Promise.reject(frozen) : mint()), io)
    const frozen = apiError({ status: 403, code: 'frozen', title: 'Frozen by an operator' })
    const sql = postgres({ ...(await postgresOptions(handle, io)), max: 1 })
    denied = true
    clock.skew = 1_000_000
    await expect(sql`SELECT 1`).rejects.toMatchObject({ code: 'frozen' })
    await sql.end()
  })
})

describe('a pool of node-postgres', () => {
  it('works for the life of one lease, and says so afterwards', async () => {
    const config = await pgConfig(new LeaseHandle('orders-ro', mint, io), io)
    const pool = new pg.Pool({ ...config, max: 1, idleTimeoutMillis: 1 })
    const { rows } = await pool.query<{ name: string }>('SELECT current_user AS name')
    expect(rows).toEqual([{ name: config.user }])
    await pool.end()
    clock.skew = 1_000_000
    const late = new pg.Client(config)
    await expect(late.connect()).rejects.toThrow(LeaseEndedError)
  })
})
