import { leafHash } from '@credbroker/core/audit/merkle'
import { idPattern, newId } from '@credbroker/core/ids'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import type { Sealed } from '../../ports/keyring.ts'
import type { AnnounceLease, LeaseSettlement } from '../../ports/lease-store.ts'
import { expiredRows } from './expired-rows.ts'
import { leaseQueue, leaseWriter } from './leases.ts'
import { migrate } from './migrate.ts'
import { migrationsDirectory } from './migrations-directory.ts'

let server: TestPostgres
let sql: Sql
beforeAll(async () => {
  server = await startTestPostgres()
  sql = postgres(await server.createDatabase('queue'), { max: 4, onnotice: () => {} })
  await migrate(sql, migrationsDirectory())
  const put = (table: string, body: Record<string, string>) =>
    sql`INSERT INTO ${sql(table)} (body, mac) VALUES (${sql.json(body)}, 'mac')`
  await put('users', { name: 'alice' })
  await put('agents', { name: 'fixer', owner: 'alice' })
  await put('environments', { name: 'staging' })
  await put('roots', { name: 'db', owner: 'alice' })
  await put('root_environments', { root: 'db', environment: 'staging' })
  await put('scopes', { name: 'ro', root: 'db', environment: 'staging' })
  await sql`INSERT INTO tasks (id, agent, owner, environment, purpose, jkt, ends_at)
    VALUES ('tsk_1', 'fixer', 'alice', 'staging', 'test', 'jkt', clock_timestamp() + interval '1 hour')`
  await sql`INSERT INTO grants (id, task_id, environment, scope, access, state, ends_at, mac)
    VALUES ('grt_1', 'tsk_1', 'staging', 'ro', '{read}', 'active', clock_timestamp() + interval '1 hour', 'mac')`
})
afterAll(async () => {
  await sql?.end()
  await server?.stop()
})
let before = '0'
beforeEach(async () => {
  await sql`DELETE FROM leases`
  before = (await sql`SELECT coalesce(max(seq), 0)::text AS last FROM audit_pending`)[0]?.['last']
})

const dueLease = (id: string, root = 'db') => sql`
  INSERT INTO leases (id, grant_id, task_id, environment, agent, scope, root, provider, name, spec, state,
    mint_deadline, settle_until, expires_at, dead_by, due_at)
  SELECT ${id}, 'grt_1', 'tsk_1', 'staging', 'fixer', 'ro', ${root}, 'test', ${id}, '{}', 'active', past, past, past, past, past
  FROM (SELECT clock_timestamp() - interval '1 minute' AS past) AS t`
/** As if the taker had died, or the next try had become due. */
const timePasses = () => sql`UPDATE leases SET locked_until = NULL, due_at = clock_timestamp()`
const pending = async () =>
  (await sql`SELECT record FROM audit_pending WHERE seq > ${before} ORDER BY seq`).map(
    ({ record }) => JSON.parse(record).text,
  )

const announce: AnnounceLease = ({ id }) => {
  const intent = newId('event', new Date(), (bytes) => crypto.getRandomValues(bytes))
  return { id: intent, record: recordOf(`${intent} ${id}`) }
}
const recordOf = (text: string) => {
  const record = JSON.stringify({ text })
  return { record, leaf: leafHash(record) }
}
const failed = (lease: string, outcome: string | undefined): LeaseSettlement => ({
  lease,
  credentialDead: false,
  sessionsDead: false,
  deadBy: new Date(Date.now() + 24 * 3600_000),
  ended: false,
  retryAfterSeconds: 1,
  error: 'vendor_unavailable',
  outcome: outcome === undefined ? undefined : recordOf(outcome),
})

describe('a lease that is taken to be revoked', () => {
  it('is announced in the transaction that takes it, and stays so until it is answered (I6)', async () => {
    await dueLease('lse_1')
    const queue = leaseQueue(sql)
    const [first] = await queue.take(5, announce, [])
    expect(first?.intent).toMatch(idPattern('event'))
    expect(await pending()).toEqual([`${first?.intent} lse_1`])
    // The taker dies; the next one goes on under the same announcement.
    await timePasses()
    const again = await queue.takeOne('lse_1', announce)
    expect(again?.intent).toBe(first?.intent)
    expect(again?.announcedAt).toBeInstanceOf(Date)
    await queue.settle(failed('lse_1', undefined))
    await timePasses()
    expect((await queue.take(5, announce, []))[0]?.intent).toBe(first?.intent)
    await queue.settle(failed('lse_1', 'the outcome'))
    await timePasses()
    const [anew] = await queue.take(5, announce, [])
    expect(await pending()).toEqual([`${first?.intent} lse_1`, 'the outcome', `${anew?.intent} lse_1`])
    expect(anew).toMatchObject({ attempts: 4, announcedAt: null })
  })

  it('is not taken where it cannot be announced (I6)', async () => {
    await dueLease('lse_1')
    const failing: AnnounceLease = () => ({ id: 'x', record: { ...recordOf('x'), leaf: Buffer.alloc(3) } })
    await expect(leaseQueue(sql).take(5, failing, [])).rejects.toThrow()
    expect(await sql`SELECT state, attempts FROM leases`).toMatchObject([{ state: 'active', attempts: 0 }])
  })

  it('is announced anew where somebody wrote something else there (I13)', async () => {
    await dueLease('lse_1')
    await sql`UPDATE leases SET intent = 'none of ours', announced_at = clock_timestamp()`
    const [taken] = await leaseQueue(sql).take(5, announce, [])
    expect(taken?.intent).toMatch(idPattern('event'))
    expect(await pending()).toHaveLength(1)
  })

  it('is of no root that keeps the taker busy already (I7)', async () => {
    await dueLease('lse_1', 'slow')
    await dueLease('lse_2', 'quick')
    const taken = await leaseQueue(sql).take(5, announce, ['slow'])
    expect(taken.map(({ id }) => id)).toEqual(['lse_2'])
  })

  it('keeps the latest end that is known for sure: no claim of a vendor at the mint lowers it, no later answer raises it (I7)', async () => {
    await dueLease('lse_1')
    const [ordered] = await sql`
      UPDATE leases SET state = 'reserved', mint_deadline = clock_timestamp() + interval '1 minute',
        dead_by = clock_timestamp() + interval '1 hour' RETURNING dead_by`
    const [head] = await sql`SELECT version FROM config_head`
    const activated = await leaseWriter(sql).activate({
      lease: 'lse_1',
      configVersion: Number(head?.['version']),
      handle: 'sealed' as Sealed,
      fingerprints: [],
      credentialHash: 'hash',
      expiresAt: new Date(),
      deadBy: new Date(),
      outcome: recordOf('minted'),
    })
    expect(activated).toBe('activated')
    const deadBy = async () => (await sql`SELECT dead_by FROM leases`)[0]
    expect(await deadBy()).toEqual(ordered)
    const queue = leaseQueue(sql)
    await timePasses()
    await queue.take(5, announce, [])
    await queue.settle(failed('lse_1', undefined))
    expect(await deadBy()).toEqual(ordered)
    const denied = new Date(Date.now() + 300_000)
    await queue.settle({ ...failed('lse_1', undefined), deadBy: denied })
    expect((await deadBy())?.['dead_by']).toEqual(denied)
  })

  it('has no time at which it is dead by itself, where its vendor never ends it', async () => {
    await dueLease('lse_1')
    await sql`UPDATE leases SET dead_by = NULL`
    const queue = leaseQueue(sql)
    const [taken] = await queue.take(5, announce, [])
    expect(taken?.deadBy).toBeNull()
    await queue.settle({ ...failed('lse_1', undefined), deadBy: null })
    expect((await sql`SELECT dead_by FROM leases`)[0]).toEqual({ dead_by: null })
  })
})

it('what is announced for work that nobody does any more is forgotten after days, and nothing sooner', async () => {
  for (const [work, days] of [
    ['find db', 1],
    ['orphan lse_1', 8],
  ] as const)
    await sql`INSERT INTO open_intents (work, since) VALUES (${work}, clock_timestamp() - make_interval(days => ${days}))`
  await expiredRows(sql).purge()
  expect(await sql`SELECT work FROM open_intents`).toEqual([{ work: 'find db' }])
})
