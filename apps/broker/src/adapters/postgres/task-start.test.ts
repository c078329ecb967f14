import { createHash } from 'node:crypto'
import { newId } from '@credbroker/core/ids'
import fc from 'fast-check'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import type { TaskStart } from '../../ports/task-store.ts'
import { migrate } from './migrate.ts'
import { migrationsDirectory } from './migrations-directory.ts'
import { taskStarter } from './task-start.ts'

let server: TestPostgres
const open: Sql[] = []
beforeAll(async () => {
  server = await startTestPostgres()
  for (const name of ['alone', 'together']) open.push(await database(name))
})
afterAll(async () => {
  await Promise.all(open.map((sql) => sql.end()))
  await server.stop()
})

async function database(name: string): Promise<Sql> {
  const sql = postgres(await server.createDatabase(name), { max: 12, onnotice: () => {} })
  await migrate(sql, migrationsDirectory())
  const put = (table: string, body: Record<string, string>) =>
    sql`INSERT INTO ${sql(table)} (body, mac) VALUES (${sql.json(body)}, 'mac')`
  await put('users', { name: 'alice' })
  await put('agents', { name: 'fixer', owner: 'alice' })
  await put('environments', { name: 'staging' })
  await put('roots', { name: 'db', owner: 'alice' })
  await put('root_environments', { root: 'db', environment: 'staging' })
  await put('scopes', { name: 'orders', root: 'db', environment: 'staging' })
  await put('client_keys', { jkt: 'enrolled', principal: 'agent:fixer' })
  return sql
}

/**
 * What is special about a start. Those of one kind and `group` get in each other's way, and in nobody else's. Of `sides`
 * two neighbours do: one of them may start, and which of them is a matter of who came first.
 */
interface Special {
  readonly kind:
    | 'nothing'
    | 'proof'
    | 'idempotency'
    | 'sides'
    | 'side'
    | 'stale'
    | 'gone'
    | 'broken'
    | 'more'
    | 'over'
  readonly group: number
}

const special: fc.Arbitrary<Special> = fc.record({
  kind: fc.constantFrom(
    'nothing',
    'proof',
    'idempotency',
    'sides',
    'side',
    'stale',
    'gone',
    'broken',
    'more',
    'over',
  ),
  group: fc.nat(1),
})

let serial = 0
const digest = (text: string) => createHash('sha256').update(text).digest()

function startOf({ kind, group }: Special, at: number, run: number, version: number): TaskStart {
  const now = new Date()
  const id = (of: 'task' | 'grant') => newId(of, now, (bytes) => crypto.getRandomValues(bytes))
  const endsAt = new Date(now.getTime() + 600_000)
  const task = id('task')
  const grant = id('grant')
  const record = JSON.stringify({ task, at })
  const shared = `${kind}-${group}-${run}`
  const side = at % 2 === 0 || kind === 'side' ? ('primary' as const) : ('backup' as const)
  const holder = { sides: `pair-${run}-${Math.floor(at / 2)}`, side: shared }[kind as string] ?? `${serial++}`
  return {
    configVersion: kind === 'stale' ? version + 1 : version,
    keyMac: kind === 'gone' ? 'another' : 'mac',
    proof: { digest: digest(kind === 'proof' ? shared : `proof ${serial++}`), rememberUntil: endsAt },
    task: {
      id: task,
      agent: 'fixer',
      owner: 'alice',
      environment: 'staging',
      purpose: 'test',
      ticket: null,
      jkt: 'enrolled',
      state: 'active',
      endReason: null,
      startedAt: now,
      endsAt,
      endedAt: null,
      heartbeatSeconds: null,
      heartbeatDue: null,
      lineage: [],
      subAgent: null,
      scan: null,
    },
    grants: [
      {
        id: grant,
        task,
        environment: 'staging',
        scope: kind === 'broken' ? 'unknown' : 'orders',
        access: ['write'],
        state: 'active',
        endReason: null,
        endsAt,
        endedAt: null,
        policies: [],
        mac: 'mac',
        ground: '',
      },
    ],
    holds: [
      {
        grant,
        environment: 'staging',
        until: endsAt,
        recoveryGroup: 'staging',
        side,
        holder: `agent:${holder}`,
      },
    ],
    events: [{ record, leaf: digest(`\0${record}`) }],
    ...(kind === 'idempotency' && { idempotency: { key: shared, requestHash: shared } }),
  }
}

/** Asks for one start, or for more in a task that lives or is over; answers what came of it. */
async function ask(sql: Sql, starter: ReturnType<typeof taskStarter>, { kind }: Special, start: TaskStart) {
  if (kind !== 'more' && kind !== 'over') return (await starter.start(start)).result
  const { idempotency: _, keyMac: __, ...extension } = start
  const state = kind === 'more' ? 'active' : 'ended'
  await sql`INSERT INTO tasks (id, agent, owner, environment, purpose, jkt, ends_at, state, end_reason, ended_at)
    VALUES (${start.task.id}, 'fixer', 'alice', 'staging', 'test', 'enrolled', clock_timestamp() + interval '1 hour', ${state},
      ${kind === 'over' ? 'done' : null}, ${kind === 'over' ? '2026-04-25T09:00:00Z' : null})`
  return (await starter.extend(extension)).result
}

const outcomes = (specials: readonly Special[], settled: readonly PromiseSettledResult<string>[]) =>
  specials
    .map(({ kind, group }, at) => {
      const result = settled[at] as PromiseSettledResult<string>
      return `${kind === 'sides' ? kind : `${kind} ${group}`}: ${result.status === 'fulfilled' ? result.value : result.reason.code}`
    })
    .sort()

/** How many rows each of them left, by table. */
async function left(sql: Sql, starts: readonly TaskStart[]) {
  const tasks = starts.map(({ task }) => task.id)
  const [rows] = await sql`SELECT
    (SELECT count(*) FROM tasks WHERE id = ANY (${tasks}::text[])) AS tasks,
    (SELECT count(*) FROM grants WHERE task_id = ANY (${tasks}::text[])) AS grants,
    (SELECT count(*) FROM side_holds WHERE grant_id = ANY (${starts.map(({ grants }) => grants[0]?.id ?? '')}::text[])) AS holds,
    (SELECT count(*) FROM idempotency_keys WHERE task_id = ANY (${tasks}::text[])) AS keys,
    (SELECT count(*) FROM proofs WHERE encode(digest, 'hex') = ANY (${starts.map(({ proof }) => proof.digest.toString('hex'))}::text[])) AS proofs,
    (SELECT count(*) FROM audit_pending WHERE record::json ->> 'task' = ANY (${tasks}::text[])) AS audit`
  return rows
}

describe('starts that share a statement', () => {
  it('have the same outcomes and leave the same rows as one after the other (I2, I5, I6)', async () => {
    const [one, many] = open as [Sql, Sql]
    const [head] = await one<{ version: string }[]>`SELECT version FROM config_head`
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(special, { minLength: 1, maxLength: 14 }), async (specials) => {
        run++
        const make = () => specials.map((each, at) => startOf(each, at, run, Number(head?.version)))
        const alone = make()
        const starter = taskStarter(one)
        const expected: PromiseSettledResult<string>[] = []
        for (const [at, each] of specials.entries()) {
          const [settled] = await Promise.allSettled([ask(one, starter, each, alone[at] as TaskStart)])
          expected.push(settled)
        }
        const together = make()
        const shared = taskStarter(many)
        const found = await Promise.allSettled(
          specials.map((each, at) => ask(many, shared, each, together[at] as TaskStart)),
        )
        expect(outcomes(specials, found)).toEqual(outcomes(specials, expected))
        expect(await left(many, together)).toEqual(await left(one, alone))
      }),
      { numRuns: 60 },
    )
  })

  it('take one proof once, also when both come at the same moment', async () => {
    const [, many] = open as [Sql, Sql]
    const [head] = await many<{ version: string }[]>`SELECT version FROM config_head`
    const starter = taskStarter(many)
    const starts = [0, 1, 2].map((at) => startOf({ kind: 'proof', group: 9 }, at, -1, Number(head?.version)))
    const results = await Promise.all(starts.map((start) => starter.start(start)))
    expect(results.map(({ result }) => result).sort()).toEqual(['replayed', 'replayed', 'started'])
  })
})
