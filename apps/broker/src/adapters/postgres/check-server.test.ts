import { inspect } from 'node:util'
import { Secret } from '@credbroker/core/secret'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import { needs } from '../../../../../test/harness/services.ts'
import { checkServer } from './check-server.ts'
import { connect } from './connect.ts'
import { parseDatabaseUrl } from './database-url.ts'
import type { StartupError } from './startup-error.ts'

const noPostgres15 = await needs('postgres15')

describe.each([18, 15] as const)('PostgreSQL %i behind DATABASE_URL', (version) => {
  const skipped = version === 15 && noPostgres15
  let server: TestPostgres
  let admin: postgres.Sql

  beforeAll(async () => {
    if (skipped) return
    server = (await startTestPostgres({ version })) as TestPostgres
    admin = postgres(server.superuserUrl, { max: 1, onnotice: () => {} })
  })
  afterAll(async () => {
    await admin?.end()
    await server?.stop()
  })

  const check = async (url: string, options = {}) => {
    const sql = connect(parseDatabaseUrl(new Secret(url)), { max: 1 })
    return await checkServer(sql, options)
      .catch((error: StartupError) => error)
      .finally(() => sql.end({ timeout: 1 }))
  }
  const change = (pattern: RegExp, by: string) => server.url.replace(pattern, by)

  it.skipIf(skipped)('is accepted when it is empty and ours, and says who it is', async () => {
    expect(await check(server.url)).toMatchObject({
      version: expect.toSatisfy((found: number) => Math.floor(found / 10_000) === version),
      database: 'credbroker',
      schema: 'public',
      systemIdentifier: expect.stringMatching(/^\d+$/),
      timeline: 1,
      encrypted: false,
    })
  })

  it.skipIf(skipped)('is refused when it is too old', async () => {
    expect(await check(server.url, { oldestMajor: version + 1 })).toMatchObject({
      fault: 'version_too_old',
      message: expect.stringContaining(`PostgreSQL ${version}`),
    })
  })

  it.skipIf(skipped)('is refused when the role may not create tables', async () => {
    await admin`CREATE ROLE guest LOGIN PASSWORD 'guest'`
    expect(await check(change(/credbroker:[^@]+@/, 'guest:guest@'))).toMatchObject({ fault: 'no_permission' })
  })

  it.skipIf(skipped)('is refused when the role may only read', async () => {
    const url = await server.createDatabase('readonly')
    await admin`ALTER DATABASE readonly SET default_transaction_read_only = on`
    expect(await check(url)).toMatchObject({ fault: 'not_writable' })
  })

  it.skipIf(skipped)('is refused when it is not UTF8', async () => {
    await admin`CREATE DATABASE latin OWNER credbroker ENCODING LATIN1 LOCALE 'C' TEMPLATE template0`
    expect(await check(change(/credbroker$/, 'latin'))).toMatchObject({ fault: 'wrong_encoding' })
  })

  it.skipIf(skipped)(
    'is refused when it holds another program’s tables, and accepted with ours among them',
    async () => {
      const url = await server.createDatabase('foreign')
      const owner = postgres(url, { max: 1 })
      await owner`CREATE TABLE blog_posts ()`
      expect(await check(url)).toMatchObject({ fault: 'wrong_database' })
      await owner`CREATE TABLE audit_head ()`
      expect(await check(url)).toMatchObject({ database: 'foreign' })
      await owner.end()
    },
  )

  it.skipIf(skipped)(
    'I1: says what was wrong with the login, the name or the place, and shows no part of the URL',
    async () => {
      const faults = await Promise.all([
        check(change(/credbroker$/, 'canary')),
        check(change(/:[^:@]+@/, ':canary@')),
        check(change(/127.0.0.1:\d+/, '127.0.0.1:1')),
        check(change(/127.0.0.1/, 'canary.invalid')),
        check(`${server.url}?sslmode=require`),
      ])
      expect(faults.map((error) => (error as StartupError).fault)).toEqual([
        'database_missing',
        'login_refused',
        'unreachable',
        'unreachable',
        'unreachable',
      ])
      for (const error of faults) {
        expect(inspect(error, { showHidden: true, depth: 10 })).not.toMatch(/canary|SELECT/)
      }
    },
  )

  it.skipIf(skipped)('commits durably whatever URL, role and database say', async () => {
    const url = await server.createDatabase('careless')
    await admin`ALTER DATABASE careless SET synchronous_commit = off`
    await admin`ALTER ROLE credbroker SET synchronous_commit = off`
    const sql = connect(
      parseDatabaseUrl(new Secret(`${url}?options=-c%20synchronous_commit%3Doff%20-c%20geqo%3Doff`)),
    )
    const settings = await sql`
      SELECT name, setting FROM pg_settings
      WHERE name IN ('synchronous_commit', 'jit', 'application_name', 'statement_timeout', 'TimeZone', 'geqo')`
    expect(Object.fromEntries(settings.map((row) => [row['name'], row['setting']]))).toEqual({
      synchronous_commit: 'on',
      jit: 'off',
      application_name: 'credbroker',
      statement_timeout: '15000',
      TimeZone: 'UTC',
      geqo: 'off',
    })
    await sql.end()
    await admin`ALTER ROLE credbroker RESET synchronous_commit`
  })

  it.skipIf(skipped)('keeps microseconds of times given as ISO strings', async () => {
    const sql = connect(parseDatabaseUrl(new Secret(server.url)), { max: 1 })
    const iso = '2026-11-22T15:00:00.123456Z'
    const [row] = await sql`SELECT ${iso}::timestamptz AS t, to_char(${iso}::timestamptz, 'US') AS us`
    expect(row).toEqual({ t: new Date(iso), us: '123456' })
    await sql.end()
  })

  it.skipIf(skipped)('I1: a client prints no password', async () => {
    const sql = connect(parseDatabaseUrl(new Secret(server.url)), { max: 1 })
    await sql`SELECT 1`
    const password = new URL(server.url).password
    expect(inspect(sql, { showHidden: true, depth: 10 }) + JSON.stringify(sql.options)).not.toContain(
      password,
    )
    await sql.end()
  })
})
