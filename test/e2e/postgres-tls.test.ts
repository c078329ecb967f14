import { execFile, execFileSync } from 'node:child_process'
import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PostgresCredential } from '@credbroker/core/credential'
import { Secret } from '@credbroker/core/secret'
import { systemIo } from '@credbroker/sdk/io'
import type { Lease } from '@credbroker/sdk/lease'
import { LeaseHandle } from '@credbroker/sdk/lease-handle'
import { postgresOptions } from '@credbroker/sdk/postgres'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connect as connectBroker } from '../../apps/broker/src/adapters/postgres/connect.ts'
import { parseDatabaseUrl } from '../../apps/broker/src/adapters/postgres/database-url.ts'
import { postgresDelivery } from '../../packages/cli/src/deliver/postgres.ts'
import { privateDirectory } from '../../packages/cli/src/exec/private-directory.ts'
import { runTools } from '../../packages/cli/test/run-tools.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { needs } from '../harness/services.ts'

const run = promisify(execFile)
const missing = (await needs('psql')) || (await needs('openssl'))

describe.skipIf(missing)('a PostgreSQL server whose certificate a private authority signed', () => {
  let server: TestPostgres
  let folder: string
  let ca: string
  let stranger: string

  beforeAll(async () => {
    server = await startTestPostgres()
    folder = await mkdtemp(join(tmpdir(), 'credbroker-tls-'))
    ca = authority('ca')
    stranger = authority('stranger')
    const admin = postgres(server.superuserUrl, { max: 1, onnotice: () => {} })
    await admin`CREATE ROLE brk_tls LOGIN PASSWORD 'pw'`
    await admin.end()
    await serve('localhost')
  })
  afterAll(async () => {
    await server?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

  function authority(name: string): string {
    openssl(
      'req',
      '-x509',
      ...key,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      name,
    )
    return execFileSync('cat', [join(folder, name)], { encoding: 'utf8' })
  }

  /** From now on with a certificate for this host. */
  async function serve(host: string, kind: 'DNS' | 'IP' = 'DNS'): Promise<void> {
    certify(host, kind)
    const data = join(server.directory, 'data')
    const { uid, gid } = await stat(data)
    for (const name of ['server.crt', 'server.key']) {
      await writeFile(join(data, name), await readFile(join(folder, name)), { mode: 0o600 })
      await chown(join(data, name), uid, gid)
    }
    const admin = postgres(server.superuserUrl, { max: 1, onnotice: () => {} })
    const shown = () => tlsNames(server.port)
    await admin`ALTER SYSTEM SET ssl = on`
    await admin`SELECT pg_reload_conf()`
    await vi.waitFor(async () => expect(await shown()).toContain(host), 10_000)
    await admin.end()
  }

  /** Whom the certificate names that the server shows now. */
  const tlsNames = async (port: number): Promise<string> =>
    (
      await run('sh', [
        '-c',
        `openssl s_client -starttls postgres -connect 127.0.0.1:${port} </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName`,
      ]).catch(() => ({ stdout: '' }))
    ).stdout

  function certify(host: string, kind: 'DNS' | 'IP'): void {
    openssl('req', ...key, '-subj', `/CN=${host}`, '-keyout', 'server.key', '-out', 'server.csr')
    execFileSync('sh', ['-c', `printf 'subjectAltName=${kind}:${host}' > server.ext`], { cwd: folder })
    const signed = [
      '-CA',
      'ca',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'server.ext',
    ]
    openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.crt')
  }

  function leaseOf(change: Partial<PostgresCredential>): Lease {
    const credential: PostgresCredential = {
      form: 'postgres',
      host: 'localhost',
      port: server.port,
      database: 'credbroker',
      user: 'brk_tls',
      password: new Secret('pw'),
      sslmode: 'verify-full',
      ...change,
    }
    const expiresAt = new Date(Date.now() + 900_000)
    const about = { id: 'lse_1', scope: 'orders-ro', environment: 'staging' }
    return { ...about, credential, expiresAt, deadBy: expiresAt, cappedBy: 'scope' }
  }
  it('the broker’s own database at an address is held to a certificate of that address', async () => {
    const ask = async (host: string) => {
      const url = `postgres://brk_tls:pw@${host}:${server.port}/credbroker?sslmode=verify-full&sslrootcert=${join(folder, 'ca')}`
      const sql = connectBroker(parseDatabaseUrl(new Secret(url)), { max: 1 })
      return await sql.unsafe(QUERY).finally(() => sql.end({ timeout: 1 }))
    }
    expect(await ask('localhost')).toMatchObject([{ ssl: true }])
    await expect(ask('127.0.0.1')).rejects.toThrow(/127\.0\.0\.1/)
    await serve('127.0.0.1', 'IP')
    try {
      expect(await ask('127.0.0.1')).toMatchObject([{ ssl: true }])
    } finally {
      await serve('localhost')
    }
  })

  const handleOf = (change: Partial<PostgresCredential>) =>
    new LeaseHandle('orders-ro', async () => leaseOf(change), systemIo)

  const QUERY = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'
  /** Whether it came in over TLS: psql by the service, psql by the environment alone, the driver. */
  const clients: Record<string, (change: Partial<PostgresCredential>) => Promise<unknown>> = {
    'psql with the service': async (change) => await psql(change, true),
    'psql without it': async (change) => await psql(change, false),
    postgres: async (change) => {
      const sql = postgres({ ...((await postgresOptions(handleOf(change), systemIo)) as object), max: 1 })
      return await sql.unsafe(QUERY).then(
        async ([row]) => {
          await sql.end()
          return row?.['ssl']
        },
        async (error) => {
          await sql.end({ timeout: 0 })
          throw error
        },
      )
    },
  }

  async function psql(change: Partial<PostgresCredential>, withService: boolean): Promise<boolean> {
    using files = privateDirectory({})
    const handle = handleOf(change)
    const delivery = await postgresDelivery.deliver(
      [{ handle, lease: await handle.current() }],
      runTools(files, systemIo),
    )
    const { PGSERVICE, ...env } = delivery.env
    try {
      const given = { PATH: process.env['PATH'], HOME: folder, ...env, ...(withService && { PGSERVICE }) }
      return (await run('psql', ['-XAtwc', QUERY], { env: given })).stdout === 't\n'
    } finally {
      delivery.stop()
    }
  }

  describe.each(Object.keys(clients))('%s', (name) => {
    const connect = clients[name] as (typeof clients)[string]

    it('trusts it where the root named that authority', async () => {
      expect(await connect({ ca })).toBe(true)
      expect(await connect({ ca, sslmode: 'verify-ca', host: '127.0.0.1' })).toBe(true)
    })

    it('trusts neither another authority, nor the public ones, nor another name', async () => {
      await expect(connect({ ca: stranger })).rejects.toThrow(/certificate/)
      await expect(connect({})).rejects.toThrow(/certificate/)
      await expect(connect({ ca, host: '127.0.0.1' })).rejects.toThrow(/certificate|127\.0\.0\.1/)
    })
  })
})
