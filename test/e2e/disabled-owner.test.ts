import { join } from 'node:path'
import type { Task } from '@credbroker/sdk/task'
import type { Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Identity } from '../harness/broker.ts'
import { ask, type Person, person, setupToken, signIn } from '../harness/person.ts'
import { stagingText, startStaging, writeFiles } from './shops.ts'

/** An agent in the middle of its work: a task, a credential of it, and a session that stays open with it. */
interface Worker {
  readonly agent: Identity
  readonly task: Task
  readonly role: string
  readonly sql: Sql
  /** Resolves with what the database says when the session ends. */
  readonly asleep: Promise<string>
}

let world: Awaited<ReturnType<typeof startStaging>>
let files: string
let mia: Person
let miasKey: Identity
const workers: Record<'fixer' | 'helper' | 'other', Worker> = {} as never

const sessionsOf = (role: string) =>
  world.staging.admin(`SELECT pid FROM pg_stat_activity WHERE usename = '${role}' AND query ~ 'pg_sleep'`)
const rolesNamed = (...roles: string[]) =>
  world.staging.admin(`SELECT rolname FROM pg_roles WHERE rolname IN (${roles.map((r) => `'${r}'`)})`)
const startWith = ({ client }: Identity) =>
  client.startTask({ environment: 'staging', purpose: 'x', scopes: ['orders-ro'] })

async function atWork(agent: Identity): Promise<Worker> {
  const task = await startWith(agent)
  const { credential } = await task.credential('orders-ro')
  if (credential?.form !== 'postgres') throw new Error('not a credential for PostgreSQL')
  const sql = world.staging.connect({ user: credential.user, password: credential.password.expose() })
  const asleep = sql`SELECT pg_sleep(600)`.then(
    () => 'slept',
    (error: { code?: string }) => String(error.code),
  )
  await vi.waitUntil(async () => (await sessionsOf(credential.user)).length === 1, { timeout: 30_000 })
  return { agent, task, role: credential.user, sql, asleep }
}

beforeAll(async () => {
  world = await startStaging()
  const { broker, staging } = world
  // The root is somebody else's: what stops, stops because of whose agents they are.
  const text = stagingText(staging, broker.home)
    .replace('environment: staging, owner: mia', 'environment: staging, owner: noa')
    .replace('  other: { owner: noa }', '  helper: { owner: mia }\n  other: { owner: noa }')
  files = await writeFiles(join(broker.home, 'next'), text)
  expect(await broker.cli(['apply', '-f', files, '--yes'])).toMatchObject({ code: 0 })
  mia = await person(broker, 'mia')
  const enrolled = await broker.cli(['enroll', '--profile', 'mia'], {
    stdin: await setupToken(broker, 'mia'),
  })
  expect(enrolled).toMatchObject({ code: 0 })
  miasKey = await broker.identity('mia')
  workers.fixer = await atWork(world.agent)
  workers.helper = await atWork(await broker.enrolAgent('helper'))
  workers.other = await atWork(await broker.enrolAgent('other'))
}, 180_000)
afterAll(async () => {
  await Promise.all(Object.values(workers).map(({ sql }) => sql.end({ timeout: 0 })))
  await world?.stop()
})

const whoami = { method: 'GET', path: '/v1/whoami' } as const
const own = () => [workers.fixer, workers.helper]

describe('disabling a user (I8, I11)', () => {
  it('ends every credential of their agents within a minute, and the sessions that are open with them', async () => {
    expect(await ask(world.broker, { ...whoami, token: mia.token })).toMatchObject({ status: 200 })
    await miasKey.client.request(whoami)
    expect(await world.broker.cli(['user', 'disable', 'mia'])).toMatchObject({ code: 0 })
    const roles = own().map(({ role }) => role)
    await vi.waitUntil(async () => (await rolesNamed(...roles)).length === 0, {
      timeout: 60_000,
      interval: 200,
    })
    for (const { role, asleep } of own()) {
      expect(await asleep).not.toBe('slept')
      expect(await sessionsOf(role)).toEqual([])
    }
    const { items } = await world.broker.admin.request<{ items: { agent: string }[] }>({
      method: 'GET',
      path: '/v1/leases?state=active',
    })
    expect(items.map(({ agent }) => agent)).toEqual(['other'])
  })

  it('nothing of theirs is let in any more: tasks, agents, their browser, their passkey, their key', async () => {
    for (const { agent, task } of own()) {
      await expect(task.credential('orders-ro')).rejects.toMatchObject({
        status: expect.toBeOneOf([401, 403]),
      })
      await expect(startWith(agent)).rejects.toMatchObject({ status: expect.toBeOneOf([401, 403]) })
    }
    expect(await ask(world.broker, { ...whoami, token: mia.token })).toMatchObject({ status: 401 })
    expect((await signIn(mia)).status).toBeOneOf([401, 403])
    await expect(miasKey.client.request(whoami)).rejects.toMatchObject({
      status: expect.toBeOneOf([401, 403]),
    })
  })

  it('somebody else’s agent goes on as if nothing had happened', async () => {
    const { role, task } = workers.other
    expect(await sessionsOf(role)).toHaveLength(1)
    await task.credential('orders-ro')
  })

  it('enabled again, they begin anew: what was ended stays ended', async () => {
    expect(await world.broker.cli(['apply', '-f', files, '--yes'])).toMatchObject({ code: 0 })
    const { disabled } = await world.broker.admin.request<{ disabled: boolean }>({
      method: 'GET',
      path: '/v1/users/mia',
    })
    expect(disabled).toBe(false)
    for (const { agent, task, role, sql } of own()) {
      await expect(task.credential('orders-ro')).rejects.toMatchObject({ code: 'task_ended' })
      expect(await rolesNamed(role)).toEqual([])
      await expect(sql`SELECT 1`).rejects.toMatchObject({ code: '28P01' })
      const again = await startWith(agent)
      await again.credential('orders-ro')
      await again.end()
    }
    expect(await ask(world.broker, { ...whoami, token: mia.token })).toMatchObject({ status: 401 })
    expect((await signIn(mia)).status).toBe(201)
  })
})
