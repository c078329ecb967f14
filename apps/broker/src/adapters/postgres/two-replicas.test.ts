import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { newId } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import type { Approval } from '../../domain/approval.ts'
import type { Lease } from '../../domain/lease.ts'
import type { Task } from '../../domain/task.ts'
import type { DraftedGrant, TaskStart } from '../../ports/task-store.ts'
import { enrolmentStore } from './client-keys.ts'
import { leaseWriter } from './leases.ts'
import { migrate } from './migrate.ts'
import { migrationsDirectory } from './migrations-directory.ts'
import { taskEnder } from './task-end.ts'
import { taskReader } from './task-reader.ts'
import { taskStarter } from './task-start.ts'

let server: TestPostgres
/** Each replica has its own connections. */
let one: Sql
let other: Sql
let version: number

beforeAll(async () => {
  server = await startTestPostgres()
  const url = await server.createDatabase('replicas')
  one = postgres(url, { max: 4, onnotice: () => {} })
  other = postgres(url, { max: 4, onnotice: () => {} })
  await migrate(one, migrationsDirectory())
  const put = (table: string, body: Record<string, string>) =>
    one`INSERT INTO ${one(table)} (body, mac) VALUES (${one.json(body)}, 'mac')`
  await put('users', { name: 'alice' })
  for (const name of ['asks', 'mints', 'many', 'busy', 'flood', 'calm'])
    await put('agents', { name, owner: 'alice' })
  await put('environments', { name: 'staging' })
  await put('roots', { name: 'db', owner: 'alice' })
  await put('root_environments', { root: 'db', environment: 'staging' })
  for (const name of ['a', 'b', 'c', 'd']) await put('scopes', { name, root: 'db', environment: 'staging' })
  await put('client_keys', { jkt: 'enrolled', principal: 'agent:asks' })
  const [head] = await one<{ version: string }[]>`SELECT version FROM config_head`
  version = Number(head?.version)
})
afterAll(async () => {
  await Promise.all([one?.end(), other?.end()])
  await server?.stop()
})

const id = <Kind extends Parameters<typeof newId>[0]>(kind: Kind) =>
  newId(kind, new Date(), (bytes) => crypto.getRandomValues(bytes))
const digest = (text: string) => createHash('sha256').update(text).digest()
const inTenMinutes = () => new Date(Date.now() + 600_000)
const event = (about: object) => {
  const record = JSON.stringify({ ...about, at: id('request') })
  return { record, leaf: digest(`\0${record}`) }
}

function startOf(
  agent: string,
  state: DraftedGrant['state'],
  scopes: readonly string[],
  jkt = 'enrolled',
): TaskStart {
  const endsAt = inTenMinutes()
  const task = {
    id: id('task'),
    agent,
    owner: 'alice',
    environment: 'staging',
    purpose: 'test',
    ticket: null,
    jkt,
    state: 'active' as const,
    endReason: null,
    startedAt: new Date(),
    endsAt,
    endedAt: null,
    heartbeatSeconds: null,
    heartbeatDue: null,
    lineage: [],
    subAgent: null,
    scan: null,
  }
  const grant = (scope: string): DraftedGrant => ({
    id: id('grant'),
    task: task.id,
    environment: 'staging',
    scope,
    access: ['read'],
    state,
    endReason: null,
    endsAt,
    endedAt: null,
    policies: [],
    mac: 'mac',
    ground: '',
  })
  const grants = scopes.map(grant)
  return {
    configVersion: version,
    keyMac: 'mac',
    proof: { digest: digest(task.id), rememberUntil: endsAt },
    task,
    grants,
    questions: state === 'pending' ? grants.map((waits) => questionOf(task, waits)) : [],
    holds: [],
    events: [event({ task: task.id })],
  }
}

const questionOf = (task: Task, grant: DraftedGrant) => ({
  body: {
    id: id('approval'),
    state: 'pending',
    subject: { kind: 'scope', requestHash: grant.id },
    work: { task: task.id, grant: grant.id, agent: task.agent },
    environment: task.environment,
    requester: `agent:${task.agent}`,
    endsAt: grant.endsAt.toISOString(),
  } as unknown as Approval,
  mac: 'mac',
})

function leaseOf({ task, grants: [grant] }: TaskStart): Lease {
  const now = new Date()
  const lease = id('lease')
  return {
    id: lease,
    grant: grant?.id ?? '',
    task: task.id,
    environment: 'staging',
    agent: task.agent,
    scope: 'a',
    root: 'db',
    provider: 'test',
    name: lease,
    spec: {},
    state: 'reserved',
    createdAt: now,
    mintDeadline: inTenMinutes(),
    settleUntil: inTenMinutes(),
    expiresAt: inTenMinutes(),
    deadBy: inTenMinutes(),
    endedAt: null,
    credentialDead: false,
    sessionsDead: false,
    attempts: 0,
  }
}

const tally = (results: readonly string[]) =>
  Object.fromEntries(
    [...new Set(results)].sort().map((result) => [result, results.filter((each) => each === result).length]),
  )

describe('two replicas at once', () => {
  it(`let no more than ${LIMITS.pendingPerAgent} grants of an agent wait for a person, and say how many more may (I4)`, async () => {
    const replicas = [taskStarter(one), taskStarter(other)]
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, at) => replicas[at % 2]?.start(startOf('asks', 'pending', ['a']))),
    )
    expect(tally(outcomes.map((outcome) => outcome?.result ?? ''))).toEqual({
      started: LIMITS.pendingPerAgent,
      'too-many-pending': 8 - LIMITS.pendingPerAgent,
    })
    expect(await replicas[0]?.start(startOf('asks', 'pending', ['a', 'b']))).toEqual({
      result: 'too-many-pending',
      free: 0,
    })
    // Neither what is granted nor another agent waits for them.
    expect(await replicas[0]?.start(startOf('asks', 'active', ['a']))).toEqual({ result: 'started' })
    expect(await replicas[1]?.start(startOf('many', 'pending', ['a', 'b']))).toEqual({ result: 'started' })
    const [rows] = await one`SELECT count(*)::int AS count FROM grants g JOIN tasks t ON t.id = g.task_id
      WHERE t.agent = 'asks' AND g.state = 'pending'`
    expect(rows?.['count']).toBe(LIMITS.pendingPerAgent)
  })

  it(`reserve no more than ${LIMITS.leasesPerTask} leases of a task, and again when one has ended`, async () => {
    const start = startOf('mints', 'active', ['a'])
    await taskStarter(one).start(start)
    await one`UPDATE leases SET state = 'active' WHERE agent = 'mints'`
    const replicas = [leaseWriter(one), leaseWriter(other)]
    const reserve = async (count: number) =>
      tally(
        await Promise.all(
          Array.from({ length: count }, async (_, at) => {
            const lease = leaseOf(start)
            return (await replicas[at % 2]?.reserve(lease, version, event({ lease: lease.id }))) ?? ''
          }),
        ),
      )
    expect(await reserve(LIMITS.leasesPerTask - 2)).toEqual({ reserved: LIMITS.leasesPerTask - 2 })
    expect(await reserve(6)).toEqual({ reserved: 2, 'too-many': 4 })
    await one`UPDATE leases SET state = 'ended', ended_at = clock_timestamp()
      WHERE id = (SELECT max(id) FROM leases WHERE task_id = ${start.task.id})`
    expect(await reserve(3)).toEqual({ reserved: 1, 'too-many': 2 })
  })

  it(`reserve no more than ${LIMITS.leasesPerAgent} leases of an agent over all its tasks`, async () => {
    const full = startOf('busy', 'active', ['a'])
    const next = startOf('busy', 'active', ['a'])
    await Promise.all([full, next].map((start) => taskStarter(one).start(start)))
    await one`INSERT INTO leases (id, grant_id, task_id, environment, agent, scope, root, provider, name, spec, state,
        mint_deadline, settle_until, expires_at, dead_by, due_at)
      SELECT 'lse_' || n, ${full.grants[0]?.id ?? ''}, ${full.task.id}, 'staging', 'busy', 'a', 'db', 'test', 'busy_' || n, '{}',
        'revoking', now(), now(), now(), now(), now() FROM generate_series(2, ${LIMITS.leasesPerAgent}) AS n`
    const results = await Promise.all(
      [one, other, one].map((sql) => leaseWriter(sql).reserve(leaseOf(next), version, event({}))),
    )
    expect(tally(results)).toEqual({ reserved: 1, 'too-many': 2 })
  })

  it('200 mints of one agent at once take no connection from the others: all but a few are refused, and the rest wait in turn', async () => {
    const [flood, calm] = [startOf('flood', 'active', ['a']), startOf('calm', 'active', ['a'])]
    await Promise.all([flood, calm].map((start) => taskStarter(one).start(start)))
    const writer = leaseWriter(one)
    const reserve = (start: TaskStart) => writer.reserve(leaseOf(start), version, event({}))
    const locked = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    // Another replica is minting for that agent, and takes its time.
    const holding = other.begin(async (tx) => {
      await tx`SELECT pg_advisory_xact_lock(hashtextextended('leases:flood', 0))`
      locked.resolve()
      await released.promise
    })
    await locked.promise
    const flooding = Array.from({ length: 200 }, () => reserve(flood))
    expect(tally(await Promise.all(flooding.slice(LIMITS.mintsPerAgent)))).toEqual({
      'too-many': 200 - LIMITS.mintsPerAgent,
    })
    expect(await reserve(calm)).toBe('reserved')
    expect(await taskStarter(one).start(startOf('calm', 'active', ['a']))).toEqual({ result: 'started' })
    released.resolve()
    await holding
    expect(tally(await Promise.all(flooding.slice(0, LIMITS.mintsPerAgent)))).toEqual({
      reserved: LIMITS.mintsPerAgent,
    })
  })

  it('questions of one agent that are asked at once wait in turn, on one connection', async () => {
    const starter = taskStarter(one)
    const locked = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const holding = other.begin(async (tx) => {
      await tx`SELECT pg_advisory_xact_lock(hashtextextended('questions of agent:flood', 0))`
      locked.resolve()
      await released.promise
    })
    await locked.promise
    const asking = Array.from({ length: 40 }, () => starter.start(startOf('flood', 'pending', ['a'])))
    expect(await starter.start(startOf('calm', 'pending', ['a']))).toEqual({ result: 'started' })
    released.resolve()
    await holding
    expect(tally((await Promise.all(asking)).map(({ result }) => result))).toEqual({
      started: LIMITS.pendingPerAgent,
      'too-many-pending': 40 - LIMITS.pendingPerAgent,
    })
  })

  it('a key that is removed while it starts a task leaves no task of it alive (I8)', async () => {
    const text = (kind: string) => `${kind}-key`
    await one`INSERT INTO client_keys (body, mac) VALUES (${one.json({ jkt: text('first'), principal: 'agent:asks' })}, 'mac')`
    await one`INSERT INTO enrolments (digest, principal, invited_by, ends_at, used_by, mac)
      VALUES ('token', 'agent:asks', 'user:alice', now() + interval '1 hour', ${text('first')}, 'mac')`
    const key = { jkt: text('second'), principal: 'agent:asks', jwk: {} as never, createdAt: '', endsAt: '' }
    const start = startOf('asks', 'active', ['a'], text('first'))
    // Somebody else is about to take the same proof: the start waits for them, with the key in its hands.
    const held = await one.reserve()
    await held`BEGIN`
    await held`INSERT INTO proofs (digest, ends_at) VALUES (${start.proof.digest}, now() + interval '1 minute')`
    const started = taskStarter(one).start(start)
    await waiting(one, 'WITH head AS MATERIALIZED')
    const redeemed = enrolmentStore(other)
      .redeem('token', { key, mac: 'mac' }, event({}))
      .then((result) => ({
        result,
        ended: taskEnder(other).end({ key: text('first') }, 'revoked', () => []),
      }))
    await waiting(one, 'DELETE FROM client_keys')
    await held`ROLLBACK`
    held.release()
    expect(await started).toEqual({ result: 'started' })
    const { result, ended } = await redeemed
    expect(result).toEqual({ result: 'used', removed: text('first') })
    expect((await ended).tasks).toEqual([start.task.id])
    expect(await taskStarter(other).start(startOf('asks', 'active', ['a'], text('first')))).toEqual({
      result: 'key-gone',
    })
  })

  it('count who has too many living tasks', async () => {
    expect(await taskReader(one).crowded(2)).toContain('busy')
    expect(await taskReader(one).crowded(3)).not.toContain('busy')
  })
})

/** Until a statement waits for a lock that somebody else holds. */
async function waiting(sql: Sql, statement: string): Promise<void> {
  for (;;) {
    const [found] = await sql`SELECT FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND query LIKE ${`%${statement}%`} AND pid <> pg_backend_pid()`
    if (found) return
    await pause(10)
  }
}
