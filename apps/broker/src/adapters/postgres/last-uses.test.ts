import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import { lastUses } from './last-uses.ts'
import { migrate } from './migrate.ts'
import { migrationsDirectory } from './migrations-directory.ts'

let server: TestPostgres
let sql: Sql
let index = 0

beforeAll(async () => {
  server = await startTestPostgres()
  sql = postgres(await server.createDatabase('last_uses'), { max: 2, onnotice: () => {} })
  await migrate(sql, migrationsDirectory())
}, 60_000)
afterAll(async () => {
  await sql?.end()
  await server?.stop()
})

const logged = async (...events: object[]) => {
  for (const event of events) {
    const record = canonicalJson(event as Json)
    const leaf = createHash('sha256').update('\0').update(record).digest()
    await sql`INSERT INTO audit_log (index, record, leaf) VALUES (${index++}, ${record}, ${leaf})`
  }
}
const use = (agent: string, scope: string, at: string, more: object = {}) => ({
  type: 'lease.minted',
  phase: 'intent',
  actor: { kind: 'agent', id: agent },
  scope,
  at,
  ...more,
})
const found = async (...agents: string[]) =>
  (await lastUses(sql).of(agents))
    .map(({ agent, scope, at }) => `${agent} ${scope} ${at.toISOString()}`)
    .sort()

it('is the newest mint or call of each scope, by whom it was', async () => {
  await logged(
    use('fixer', 'orders', '2026-04-01T00:00:00.000Z'),
    use('fixer', 'orders', '2026-04-02T00:00:00.000Z'),
    use('fixer', 'deploys', '2026-04-03T00:00:00.000Z', {
      type: 'gateway.called',
      facts: { method: 'POST' },
    }),
    use('auditor', 'orders', '2026-04-04T00:00:00.000Z'),
  )
  expect(await found('fixer', 'nobody')).toEqual([
    'fixer deploys 2026-04-03T00:00:00.000Z',
    'fixer orders 2026-04-02T00:00:00.000Z',
  ])
  expect(await found('auditor', 'fixer')).toHaveLength(3)
  expect(await found()).toEqual([])
})

it('is no question about what a call would touch, no outcome, and nothing else that happened', async () => {
  const at = '2026-05-01T00:00:00.000Z'
  await logged(
    use('reader', 'deploys', at, { type: 'gateway.called', facts: { operation: 'resolve' } }),
    use('reader', 'orders', at, { phase: 'outcome', result: 'ok' }),
    use('reader', 'orders', at, { type: 'grant.denied', phase: 'event' }),
    { type: 'lease.minted', phase: 'intent', actor: { kind: 'agent', id: 'reader' }, at },
  )
  expect(await found('reader')).toEqual([])
})

it('of a scope is the newest of anybody, whatever somebody wrote into the log beside it', async () => {
  await logged(
    use('fixer', 'shared', '2026-06-01T00:00:00.000Z', { type: 'gateway.called' }),
    use('auditor', 'shared', '2026-06-02T00:00:00.000Z'),
    use('auditor', 'shared', '2026-06-03T00:00:00.000Z', {
      type: 'gateway.called',
      facts: { operation: 'resolve' },
    }),
    { ...use('fixer', 'shared', '2026-06-04T00:00:00.000Z'), phase: 'outcome', result: 'ok' },
    use('fixer', 'other', '2026-06-05T00:00:00.000Z', {
      facts: { purpose: '"scope":"shared" "operation":"resolve"' },
    }),
  )
  const uses = await lastUses(sql).ofScopes(['shared', 'other', 'unused', 'shared'])
  expect(new Map(uses.map(({ scope, at }) => [scope, at.toISOString()]))).toEqual(
    new Map([
      ['shared', '2026-06-02T00:00:00.000Z'],
      ['other', '2026-06-05T00:00:00.000Z'],
    ]),
  )
  expect(await lastUses(sql).ofScopes([])).toEqual([])
})

it('looks at the index and nowhere else, however long the log is', async () => {
  await sql.begin(async (tx) => {
    await tx`SET LOCAL enable_seqscan = off`
    const plan = await tx`EXPLAIN SELECT index FROM audit_log
      WHERE record LIKE '%"phase":"intent"%' AND record LIKE '%"scope":"%' AND record NOT LIKE '%"operation":"resolve"%'
        AND (record LIKE '%"type":"lease.minted"%' OR record LIKE '%"type":"gateway.called"%')
        AND split_part(split_part(record, '"actor":{"id":"', 2), '"', 1) COLLATE "C" = 'fixer'
        AND split_part(split_part(record, '"scope":"', -1), '"', 1) COLLATE "C" < 'orders'
      ORDER BY split_part(split_part(record, '"scope":"', -1), '"', 1) COLLATE "C" DESC, index DESC LIMIT 1`
    const text = plan.map((row) => row['QUERY PLAN']).join('\n')
    expect(text).toContain('Index Scan using audit_log_last_uses')
    expect(text).not.toContain('Sort')
  })
  const scans = async () => {
    await sql`SELECT pg_stat_force_next_flush()`
    const [row] = await sql<{ idx_scan: string }[]>`
      SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'audit_log_last_use_of_scope'`
    return Number(row?.idx_scan)
  }
  await sql`INSERT INTO audit_log (index, record, leaf)
    SELECT index, record, sha256('\\x00'::bytea || convert_to(record, 'UTF8')) FROM (
      SELECT index, '{"at":"2026-01-01T00:00:00.000Z","phase":"intent","scope":"s' || index % 9 || '","type":"lease.minted"}' AS record
      FROM generate_series(1000, 9999) AS index) made`
  await sql`ANALYZE audit_log`
  const before = await scans()
  expect(await lastUses(sql).ofScopes(['s1', 's2'])).toHaveLength(2)
  await expect.poll(scans).toBeGreaterThan(before)
})
