import { createHash } from 'node:crypto'
import { type AuditEventFields, auditRecord, newEvent } from '@credbroker/core/audit/event'
import fc from 'fast-check'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../../test/harness/postgres.ts'
import type { AuditFilter } from '../../../ports/audit-search.ts'
import { migrate } from '../migrate.ts'
import { migrationsDirectory } from '../migrations-directory.ts'
import { workCounter } from '../work-counter.ts'
import { firstSince } from './indexed.ts'
import { receiptRecords } from './receipt-records.ts'
import { createAuditSearch } from './search.ts'

let server: TestPostgres
let sql: Sql
beforeAll(async () => {
  server = await startTestPostgres()
  sql = postgres(await server.createDatabase('search'), { max: 1, onnotice: () => {} })
  await migrate(sql, migrationsDirectory())
})
afterAll(async () => {
  await sql?.end()
  await server?.stop()
})

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes)
const MINUTE = 60_000
/** Each entry a minute after the one before, the last one now. */
async function fill(all: readonly AuditEventFields[]): Promise<string[]> {
  const end = Date.now()
  const times = all.map((_, at) => new Date(end - (all.length - at) * MINUTE))
  const records = all.map((fields, at) => auditRecord(newEvent(fields, times[at] as Date, random)).record)
  await sql`ALTER TABLE audit_log DISABLE TRIGGER append_only`
  await sql`TRUNCATE audit_log`
  await sql`ALTER TABLE audit_log ENABLE ALWAYS TRIGGER append_only`
  await sql`ALTER TABLE audit_head DISABLE TRIGGER only_grows`
  await sql`UPDATE audit_head SET size = ${all.length}, frontier = decode(repeat('00', 32 * bit_count(${all.length}::bigint::bit(64))::int), 'hex')`
  await sql`ALTER TABLE audit_head ENABLE ALWAYS TRIGGER only_grows`
  for (const [index, record] of records.entries()) {
    const leaf = createHash('sha256').update(`\0${record}`).digest()
    await sql`INSERT INTO audit_log (index, record, leaf, moved_at) VALUES (${index}, ${record}, ${leaf}, ${times[index] as Date})`
  }
  return records
}

const LEASES = ['lse_01jd2q8c0v3m5n7p9r1t3w5y7z', 'lse_01jd2q8c0v3m5n7p9r1t3w5y80']
/** What an agent or a vendor wrote may look like anything. */
const nasty = fc.constantFrom(
  'plain',
  '"type":"freeze.set"',
  '"environment":"staging"',
  '"actor":{"id":"mia"',
  '"scope":"orders","sub":"mia"',
  '\\',
  '\\"type":"x',
)
const event: fc.Arbitrary<AuditEventFields> = fc
  .record({
    type: fc.constantFrom('task.started', 'grant.denied', 'gateway.called', 'freeze.set'),
    actor: fc.record({ kind: fc.constant('agent'), id: fc.constantFrom('mia', 'fixer') }),
    environment: fc.option(fc.constantFrom('staging', 'production'), { nil: undefined }),
    scope: fc.option(fc.constantFrom('orders', 'staging'), { nil: undefined }),
    sub: fc.option(fc.constantFrom('mia', 'noa'), { nil: undefined }),
    lease: fc.option(fc.constantFrom(...LEASES), { nil: undefined }),
    access: fc.option(fc.constant(['read', 'delete']), { nil: undefined }),
    result: fc.constantFrom('ok', 'denied'),
    reason: fc.option(nasty, { nil: undefined }),
    facts: fc.option(fc.record({ purpose: nasty, kind: fc.constantFrom('a', 'staging') }), {
      nil: undefined,
    }),
  })
  .map((fields) => JSON.parse(JSON.stringify({ phase: 'event', ...fields })) as AuditEventFields)

describe('searching the log', () => {
  it('finds what a reading of every entry finds, whatever somebody wrote into it, newest first and page by page', async () => {
    const all = fc.sample(event, { numRuns: 60, seed: 7 })
    const records = await fill(all)
    const search = createAuditSearch(sql)
    const filter = fc.record(
      {
        types: fc.subarray(['task.started', 'grant.denied', 'freeze.set'], { minLength: 1 }),
        actor: fc.constantFrom('mia', 'fixer', 'nobody', 'mi'),
        environment: fc.constantFrom('staging', 'production', 'stag'),
        scope: fc.constantFrom('orders', 'staging'),
        sub: fc.constantFrom('mia', 'no"a', '%'),
        lease: fc.constantFrom(...LEASES),
        result: fc.constantFrom('ok', 'denied'),
        since: fc.nat({ max: 70 }).map((ago) => new Date(Date.now() - ago * MINUTE)),
        until: fc.nat({ max: 70 }).map((ago) => new Date(Date.now() - ago * MINUTE)),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(filter, fc.integer({ min: 1, max: 25 }), async (wanted: AuditFilter, limit) => {
        const found: number[] = []
        for (let before: number | undefined; ; ) {
          const page = await search.find(wanted, before, limit)
          found.push(...page.map(({ index }) => index))
          if (page.length < limit) break
          before = page.at(-1)?.index
        }
        const read = records.flatMap((record, index) => (matches(JSON.parse(record), wanted) ? [index] : []))
        expect(found).toEqual(read.reverse())
      }),
      { numRuns: 150 },
    )
  }, 120_000)

  it('looks at an index for a task, a type, who acted, an environment, a lease, a scope, and registrations of passkeys', async () => {
    await fill([])
    await sql`
      INSERT INTO audit_log (index, record, leaf)
      SELECT index, record, sha256('\\x00'::bytea || convert_to(record, 'UTF8')) FROM (
        SELECT index, '{"actor":{"id":"fixer-' || index % 9 || '","kind":"agent"},"environment":"staging","task":"tsk_' || index || '","type":"task.started","v":1}' AS record
        FROM generate_series(0, 9999) AS index) made`
    await sql`ANALYZE audit_log`
    const search = createAuditSearch(sql)
    const find = (filter: AuditFilter) => search.find(filter, undefined, 50)
    expect(await usedBy(() => find({ types: ['freeze.set'] }))).toContain('audit_log_type')
    expect(await usedBy(() => find({ actor: 'mia' }))).toContain('audit_log_actor')
    expect(await usedBy(() => find({ environment: 'production' }))).toContain('audit_log_environment')
    expect(await usedBy(() => find({ lease: 'lse_x' }))).toContain('audit_log_lease')
    expect(await usedBy(() => find({ scope: 'orders' }))).toContain('audit_log_scope')
    expect(await usedBy(() => find({ task: 'tsk_x' }))).toContain('audit_log_task')
    expect(await usedBy(() => receiptRecords(sql).registrationsOf(['x'], 1e6))).toContain('audit_log_type')
    expect(await usedBy(() => find({}))).toContain('audit_log_pkey')
  })
})

it('the first entry since a time is found wherever it is', async () => {
  await fill(fc.sample(event, { numRuns: 9, seed: 1 }))
  const [newest] = await sql<{ at: Date }[]>`SELECT max(moved_at) AS at FROM audit_log`
  const last = (newest?.at ?? new Date()).getTime()
  for (let back = 0; back <= 9; back += 1)
    expect(await firstSince(sql, new Date(last - back * MINUTE))).toBe(String(9 - back))
  expect(await firstSince(sql, new Date(last - 100 * MINUTE))).toBe('0')
  expect(await firstSince(sql, { hoursAgo: 24 })).toBe('0')
  await fill([])
  expect(await firstSince(sql, { hoursAgo: 24 })).toBe('0')
})

it('a day’s denials are counted by code and hour, and the days before are not', async () => {
  const denied = (code: 'not_found' | 'forbidden') =>
    ({
      type: 'grant.denied',
      phase: 'event',
      result: 'denied',
      code,
      actor: { kind: 'agent', id: 'a' },
    }) as const
  const fine = {
    type: 'task.started',
    phase: 'event',
    result: 'ok',
    actor: { kind: 'agent', id: 'a' },
  } as const
  await fill([denied('not_found'), denied('not_found'), fine, denied('forbidden')])
  const sums = new Map<string, number>()
  for (const { code, count } of await workCounter(sql).denials())
    sums.set(code, (sums.get(code) ?? 0) + count)
  expect(Object.fromEntries(sums)).toEqual({ not_found: 2, forbidden: 1 })
  await sql`ALTER TABLE audit_log DISABLE TRIGGER append_only`
  await sql`UPDATE audit_log SET moved_at = moved_at - interval '25 hours' WHERE index < 3`
  await sql`ALTER TABLE audit_log ENABLE ALWAYS TRIGGER append_only`
  expect((await workCounter(sql).denials()).map(({ code, count }) => [code, count])).toEqual([
    ['forbidden', 1],
  ])
})

/** The indexes of the log that are looked at meanwhile. */
async function usedBy(ask: () => Promise<unknown>): Promise<string[]> {
  const scans = async () =>
    await sql<{ name: string; scans: string }[]>`
      SELECT indexrelname AS name, idx_scan AS scans FROM pg_stat_user_indexes, pg_stat_force_next_flush() WHERE relname = 'audit_log'`
  await scans()
  const before = new Map((await scans()).map(({ name, scans: count }) => [name, count]))
  await ask()
  await scans()
  return (await scans()).flatMap(({ name, scans: count }) => (before.get(name) === count ? [] : [name]))
}

const matches = (event: Record<string, unknown>, wanted: AuditFilter): boolean => {
  const { types, actor, since, until, ...fields } = wanted
  const at = Date.parse(String(event['at']))
  return (
    (types === undefined || types.includes(String(event['type']))) &&
    (actor === undefined || (event['actor'] as { id: string }).id === actor) &&
    (since === undefined || at >= since.getTime()) &&
    (until === undefined || at < until.getTime()) &&
    Object.entries(fields).every(([name, value]) => event[name] === value)
  )
}
