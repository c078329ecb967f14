import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { promisify } from 'node:util'
import type { PostgresCredential } from '@credbroker/core/credential'
import { Secret } from '@credbroker/core/secret'
import { systemIo } from '@credbroker/sdk/io'
import type { Lease } from '@credbroker/sdk/lease'
import { LeaseHandle } from '@credbroker/sdk/lease-handle'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../test/harness/postgres.ts'
import { needs } from '../../../../test/harness/services.ts'
import { runTools } from '../../test/run-tools.ts'
import { privateDirectory } from '../exec/private-directory.ts'
import { postgresDelivery } from './postgres.ts'

const run = promisify(execFile)
const noPsql = await needs('psql')

let server: TestPostgres | undefined
let serial = 0
const clock = { skew: 0, due: [] as (() => void)[] }
const io = {
  ...systemIo,
  now: () => new Date(Date.now() + clock.skew),
  after: (_: number, run: () => void) => {
    clock.due.push(run)
    return () => {}
  },
}

beforeAll(async () => {
  if (!noPsql) server = await startTestPostgres()
})
afterAll(async () => await server?.stop())

async function mint(scope: string): Promise<Lease> {
  const user = `brk_test_${++serial}`
  const password = `p:w\\${serial}`
  if (server)
    await run('psql', ['-Xqc', `CREATE ROLE ${user} LOGIN PASSWORD '${password}'`, server.superuserUrl])
  const credential: PostgresCredential = {
    form: 'postgres',
    host: '127.0.0.1',
    port: server?.port ?? 5432,
    database: 'credbroker',
    user,
    password: new Secret(password),
    sslmode: 'disable',
  }
  const expiresAt = new Date(io.now().getTime() + 900_000)
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

async function deliver(...scopes: string[]) {
  const leased = await Promise.all(
    scopes.map(async (scope) => {
      const handle = new LeaseHandle(scope, () => mint(scope), io)
      return { handle, lease: await handle.current() }
    }),
  )
  const files = privateDirectory({})
  return { files, delivery: await postgresDelivery.deliver(leased, runTools(files, io)) }
}

const whoami = async (env: Readonly<Record<string, string | undefined>>, ...args: string[]) =>
  (
    await run('psql', ['-XAtwc', 'select current_user', ...args], {
      env: { PATH: process.env['PATH'], ...env },
    })
  ).stdout.trim()

describe('PostgreSQL delivered to a child', () => {
  it.skipIf(noPsql)(
    'lets psql in without a word, also one that starts after the user name has changed',
    async () => {
      const { files, delivery } = await deliver('orders-ro')
      using _ = files
      const first = `brk_test_${serial}`
      expect(await whoami(delivery.env)).toBe(first)
      clock.skew += 800_000
      for (const run of clock.due.splice(0)) run()
      await expect.poll(() => whoami(delivery.env), { timeout: 20_000 }).toBe(`brk_test_${serial}`)
      expect(`brk_test_${serial}`).not.toBe(first)
      // A client that reads no service file still signs in as the first one, while it lives.
      const { PGSERVICE: _service, ...plain } = delivery.env
      expect(await whoami(plain)).toBe(first)
      delivery.stop()
    },
  )

  it.skipIf(noPsql)('has a service per scope, the first being the default', async () => {
    const { files, delivery } = await deliver('orders-ro', 'stock-ro')
    using _ = files
    const [orders, stock] = [serial - 1, serial].map((number) => `brk_test_${number}`)
    expect(await whoami(delivery.env)).toBe(orders)
    expect(await whoami(delivery.env, 'service=stock-ro')).toBe(stock)
    expect(delivery.env).not.toHaveProperty('PGUSER')
    delivery.stop()
  })

  it('writes files that this user alone can read, and puts no password into the environment', async () => {
    const { files, delivery } = await deliver('orders-ro')
    using _ = files
    for (const name of ['PGPASSFILE', 'PGSERVICEFILE']) {
      const file = delivery.env[name] as string
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(file.startsWith(files.path)).toBe(true)
    }
    expect(statSync(files.path).mode & 0o777).toBe(0o700)
    expect(readFileSync(delivery.env['PGSERVICEFILE'] as string, 'utf8')).not.toContain(`p:w`)
    expect(JSON.stringify(delivery.env)).not.toContain(`p:w`)
    delivery.stop()
  })

  it('without a scope leaves libpq nothing of the user’s own to find', async () => {
    const { files, delivery } = await deliver()
    using _ = files
    expect(Object.keys(delivery.env).sort()).toEqual(['PGPASSFILE', 'PGSERVICEFILE', 'PGSYSCONFDIR'])
    expect(readFileSync(delivery.env['PGPASSFILE'] as string, 'utf8')).toBe('')
  })
})
