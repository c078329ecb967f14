import { createHash } from 'node:crypto'
import { newId } from '@credbroker/core/ids'
import fc from 'fast-check'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import type { Approval } from '../../domain/approval.ts'
import type { CallBeginning } from '../../ports/call-ledger.ts'
import { callLedger } from './call-ledger.ts'
import { migrate } from './migrate.ts'
import { migrationsDirectory } from './migrations-directory.ts'

let server: TestPostgres
let sql: Sql
let version: number
beforeAll(async () => {
  server = await startTestPostgres()
  sql = postgres(await server.createDatabase('calls'), { max: 8, onnotice: () => {} })
  await migrate(sql, migrationsDirectory())
  const put = (table: string, body: Record<string, string>) =>
    sql`INSERT INTO ${sql(table)} (body, mac) VALUES (${sql.json(body)}, 'mac')`
  await put('users', { name: 'alice' })
  await put('agents', { name: 'fixer', owner: 'alice' })
  await put('environments', { name: 'staging' })
  await put('roots', { name: 'api', owner: 'alice' })
  await put('root_environments', { root: 'api', environment: 'staging' })
  await put('scopes', { name: 'orders', root: 'api', environment: 'staging' })
  await work('living')
  await work('others')
  await work('ended', 'ended')
  version = Number((await sql`SELECT version FROM config_head`)[0]?.['version'])
})
afterAll(async () => {
  await sql?.end()
  await server?.stop()
})

/** A task and its one grant of the same name. */
async function work(name: string, state = 'active') {
  const ended = state === 'ended' ? '2026-04-25T09:00:00Z' : null
  const reason = ended && 'done'
  await sql`INSERT INTO tasks (id, agent, owner, environment, purpose, jkt, ends_at)
    VALUES (${name}, 'fixer', 'alice', 'staging', 'test', 'key', clock_timestamp() + interval '1 hour')`
  await sql`INSERT INTO grants (id, task_id, environment, scope, access, state, ends_at, ended_at, end_reason, mac)
    VALUES (${name}, ${name}, 'staging', 'orders', '{write}', ${state}, clock_timestamp() + interval '1 hour', ${ended}, ${reason}, 'mac')`
}

const KINDS = [
  'plain',
  'proven',
  'approved',
  'ended',
  'no-lease',
  'not-its-own',
  'stale',
  'late',
  'broken',
] as const
type Kind = (typeof KINDS)[number]

const digest = (text: string) => createHash('sha256').update(text).digest()
const id = () => newId('event', new Date(), (bytes) => crypto.getRandomValues(bytes))
const answer = (id: string, state: string) =>
  ({
    id,
    state,
    requester: 'agent:fixer',
    environment: 'staging',
    subject: { kind: 'call' },
  }) as unknown as Approval

/** Those of one kind that share `run` have the same proof, or the same approval. */
function beginning(kind: Kind, run: string, own: string): CallBeginning {
  const record = JSON.stringify({ own, run, ...(kind === 'broken' && { much: 'x'.repeat(70_000) }) })
  const rememberUntil = new Date(Date.now() + (kind === 'late' ? -120_000 : 120_000))
  const approval = `approval ${run}`
  return {
    configVersion: kind === 'stale' ? version + 1 : version,
    task: kind === 'not-its-own' ? 'others' : 'living',
    grants: kind === 'ended' ? ['living', 'ended'] : ['living'],
    ...(kind === 'no-lease' && { lease: 'unknown' }),
    ...(kind === 'approved' && {
      approval: {
        before: { body: answer(approval, 'approved'), mac: 'before' },
        after: { body: answer(approval, 'used'), mac: 'after' },
      },
    }),
    ...(kind !== 'plain' && { proof: { digest: digest(kind === 'proven' ? run : own), rememberUntil } }),
    intent: { record, leaf: digest(`\0${record}`) },
  }
}

const approve = (run: string) =>
  sql`INSERT INTO approvals (body, mac) VALUES (${sql.json(answer(`approval ${run}`, 'approved') as never)}, 'before')`

/** What became of calls, and what they left; which of several that wanted the same had it is nothing to compare. */
async function found(
  kinds: readonly Kind[],
  run: string,
  calls: readonly CallBeginning[],
  settled: PromiseSettledResult<string>[],
) {
  const outcomes = settled.map(
    (each, at) => `${kinds[at]}: ${each.status === 'fulfilled' ? each.value : each.reason.code}`,
  )
  const digests = calls.flatMap(({ proof }) => (proof ? [proof.digest.toString('hex')] : []))
  const [left] = await sql`SELECT
    (SELECT count(*) FROM audit_pending WHERE record::json ->> 'run' = ${run}) AS intents,
    (SELECT count(*) FROM proofs WHERE encode(digest, 'hex') = ANY (${digests}::text[])) AS proofs,
    (SELECT body ->> 'state' FROM approvals WHERE id = ${`approval ${run}`}) AS approval`
  return { outcomes: outcomes.sort(), left }
}

describe('calls that begin in one statement', () => {
  it('have the same outcomes and leave the same rows as one after the other (I4, I6, I8)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 20 }),
        async (kinds) => {
          const [alone, together] = [id(), id()]
          for (const run of [alone, together]) await approve(run)
          const make = (run: string) => kinds.map((kind) => beginning(kind, run, id()))
          const ledger = callLedger(sql)
          const [one, many] = [make(alone), make(together)]
          const expected: PromiseSettledResult<string>[] = []
          for (const call of one) expected.push(...(await Promise.allSettled([ledger.begin(call)])))
          const settled = await Promise.allSettled(many.map((call) => ledger.begin(call)))
          expect(await found(kinds, together, many, settled)).toEqual(
            await found(kinds, alone, one, expected),
          )
        },
      ),
      { numRuns: 40 },
    )
  })

  it('are what they should be, each by itself', async () => {
    const run = id()
    await approve(run)
    const outcomes = new Map<Kind, string>()
    for (const kind of KINDS) {
      const [settled] = await Promise.allSettled([callLedger(sql).begin(beginning(kind, run, id()))])
      outcomes.set(kind, settled.status === 'fulfilled' ? settled.value : settled.reason.code)
    }
    expect(Object.fromEntries(outcomes)).toEqual({
      plain: 'begun',
      proven: 'begun',
      approved: 'begun',
      ended: 'gone',
      'no-lease': 'gone',
      'not-its-own': 'gone',
      stale: 'stale',
      late: 'replayed',
      broken: 'internal',
    })
  })

  it('of two replicas with one proof, and with one approval, one begins', async () => {
    const run = id()
    await approve(run)
    for (const [kind, loses] of [
      ['proven', 'replayed'],
      ['approved', 'spent'],
    ] as const) {
      const ledgers = [callLedger(sql), callLedger(sql)]
      const outcomes = await Promise.all(
        [0, 1, 0, 1].map((at) => ledgers[at]?.begin(beginning(kind, run, id()))),
      )
      expect(outcomes.sort()).toEqual(['begun', ...Array.from({ length: 3 }, () => loses)].sort())
    }
  })

  it('a proof is used up by a call that does not begin', async () => {
    const ledger = callLedger(sql)
    for (const kind of ['ended', 'stale', 'no-lease'] as const) {
      const call = beginning(kind, id(), id())
      expect(await ledger.begin(call)).not.toBe('begun')
      expect(await ledger.begin({ ...beginning('plain', id(), id()), proof: call.proof ?? never() })).toBe(
        'replayed',
      )
    }
  })
})

const never = (): never => expect.unreachable()
