import { createHash } from 'node:crypto'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import type { KeyLender } from '../../ports/client-keys.ts'
import { expiredRows } from './expired-rows.ts'
import { keyLender } from './lent-keys.ts'
import { migrate } from './migrate.ts'
import { migrationsDirectory } from './migrations-directory.ts'

let server: TestPostgres
let sql: Sql
beforeAll(async () => {
  server = await startTestPostgres()
  sql = postgres(await server.createDatabase('lent'), { max: 6, onnotice: () => {} })
  await migrate(sql, migrationsDirectory())
})
afterAll(async () => {
  await sql.end()
  await server.stop()
})

const digest = (text: string) => createHash('sha256').update(text).digest()
type Lent = Parameters<KeyLender['lend']>[0]
const lent = (
  jkt: string,
  uses: readonly string[],
  more: { mac?: string; replaces?: string; end?: number } = {},
): Lent => ({
  stored: {
    key: {
      jkt,
      principal: 'agent:fixer',
      jwk: { kty: 'OKP', crv: 'Ed25519', x: 'x' },
      createdAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + (more.end ?? 300) * 1000).toISOString(),
      lentFor: { issuer: 'ci', rule: 'r', environment: null, maxTaskSeconds: null, token: 't' },
    },
    mac: more.mac ?? 'mac',
  },
  replaces: more.replaces,
  uses: uses.map((use) => ({ digest: digest(use), rememberUntil: new Date(Date.now() + 600_000) })),
  event: { record: '{}', leaf: digest('\0{}') },
})
const lend = (...of: Parameters<typeof lent>) => keyLender(sql).lend(lent(...of))
const macOf = async (jkt: string) => (await sql`SELECT mac FROM client_keys WHERE jkt = ${jkt}`)[0]?.['mac']
const events = async () => Number((await sql`SELECT count(*) AS n FROM audit_pending`)[0]?.['n'])

it('one token is one key, however many ask at once, and only that one is recorded (I6)', async () => {
  const before = await events()
  const outcomes = await Promise.all(
    ['a', 'b', 'c', 'd'].map((jkt) => lend(jkt, ['token-1', `proof-${jkt}`])),
  )
  expect(outcomes.sort()).toEqual(['lent', 'replayed', 'replayed', 'replayed'])
  expect(await sql`SELECT jkt FROM client_keys`).toHaveLength(1)
  expect(await events()).toBe(before + 1)
})

it('what was refused took nothing: its token is as good as before', async () => {
  expect(await lend('e', ['token-2', 'proof-e'])).toBe('lent')
  expect(await lend('f', ['token-3', 'proof-e'])).toBe('replayed')
  expect(await lend('e', ['token-3', 'proof-f'])).toBe('taken')
  expect(await lend('f', ['token-3', 'proof-f'])).toBe('lent')
})

it('a row that is there is replaced only by who has seen it', async () => {
  expect(await lend('g', ['token-4', 'proof-g'], { mac: 'one' })).toBe('lent')
  const renewals = await Promise.all([
    lend('g', ['token-5', 'proof-g5'], { mac: 'two', replaces: 'one' }),
    lend('g', ['token-6', 'proof-g6'], { mac: 'three', replaces: 'one' }),
  ])
  expect(renewals.sort()).toEqual(['lent', 'taken'])
  expect(['two', 'three']).toContain(await macOf('g'))
})

it('I3: is gone after its end, unless a task of it lives; an enrolled one stays', async () => {
  const body = (of: object) => sql.json(of as Record<string, string>)
  await sql`INSERT INTO users (body, mac) VALUES (${body({ name: 'mia' })}, 'm')`
  await sql`INSERT INTO agents (body, mac) VALUES (${body({ name: 'fixer', owner: 'mia' })}, 'm')`
  for (const jkt of ['idle', 'busy']) await lend(jkt, [`token-${jkt}`, `proof-${jkt}`], { end: -1 })
  await lend('lives', ['token-lives', 'proof-lives'])
  await sql`INSERT INTO client_keys (body, mac) VALUES (${body({ jkt: 'enrolled', principal: 'agent:fixer', endsAt: '2020-01-01T00:00:00.000Z' })}, 'm')`
  await sql`INSERT INTO tasks (id, agent, owner, environment, purpose, jkt, ends_at)
    VALUES ('t', 'fixer', 'mia', 'staging', 'x', 'busy', clock_timestamp() + interval '1 hour')`
  await expiredRows(sql).purge()
  const left = await Promise.all(['idle', 'busy', 'lives', 'enrolled'].map(macOf))
  expect(left.map((mac) => mac !== undefined)).toEqual([false, true, true, true])
})
