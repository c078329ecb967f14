import { randomFillSync } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKek } from '@credbroker/broker/adapters/keyring/kek'
import { createKeyfile, keyfileSource, readKeyfile } from '@credbroker/broker/adapters/keyring/keyfile'
import { createKeyring } from '@credbroker/broker/adapters/keyring/keyring'
import { openExisting } from '@credbroker/broker/adapters/open-existing'
import { connect } from '@credbroker/broker/adapters/postgres/connect'
import { parseDatabaseUrl } from '@credbroker/broker/adapters/postgres/database-url'
import { deploymentStore } from '@credbroker/broker/adapters/postgres/deployment'
import { migrate } from '@credbroker/broker/adapters/postgres/migrate'
import { migrationsDirectory } from '@credbroker/broker/adapters/postgres/migrations-directory'
import { seal } from '@credbroker/broker/application/people/sealed-row'
import type { Manifest } from '@credbroker/broker/domain/manifest'
import type { Sealed } from '@credbroker/broker/ports/people'
import { newId } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Approver } from '../harness/approver.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { letBackIn } from '../harness/offline.ts'
import { people, settled, setupToken } from '../harness/person.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { tampering } from './by-hand.ts'

vi.setConfig({ testTimeout: 60_000 })

const config = {
  version: 1,
  environments: { staging: { tier: 'standard' }, production: { tier: 'protected' } },
  users: { mia: { roles: ['operator'] }, ada: { roles: ['approver'] }, eve: { roles: ['viewer'] } },
  agents: { fixer: { owner: 'mia' } },
}
const READS = 'permit(principal, action in Action::"read", resource);'

const NOTHING_PROTECTED = {
  config: { ...config, environments: { staging: { tier: 'standard' }, production: { tier: 'standard' } } },
  policies: [],
}

let database: TestPostgres
let broker: TestBroker
let sql: ReturnType<typeof postgres>

const byHand = (statement: string) => sql.unsafe(statement)
const whileTampered = tampering(byHand)
/** By the key of the first administrator: what lies on a machine where agents may work. */
const byKey = (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object) =>
  broker.admin.request<object | undefined>({ method, path, ...(body && { body }) }).then(
    (answer) => (answer && 'approval' in answer ? 'waits' : 'done'),
    ({ code }: { code: string }) => code,
  )
const widen = () => byKey('PUT', '/v1/policies/all', { text: 'permit(principal, action, resource);' })
const inviteApprover = () => byKey('POST', '/v1/users/ada/invitations')

/** Every row that makes the configuration, with its seal. */
const keep = (name: string) =>
  byHand(`CREATE TABLE ${name} AS
    SELECT 'users' AS at, body, mac FROM users UNION ALL SELECT 'controls', body, mac FROM controls`)
const putBack = (name: string) =>
  `UPDATE users t SET body = o.body, mac = o.mac FROM ${name} o WHERE o.at = 'users' AND o.body ->> 'name' = t.name;
   UPDATE controls t SET body = o.body, mac = o.mac FROM ${name} o WHERE o.at = 'controls' AND o.body ->> 'name' = t.name`

/** The newest manifest is vouched for outside the database. */
const checkpointed = () =>
  vi.waitUntil(
    async () => {
      const text = await readFile(join(broker.stateDir, 'checkpoints'), 'utf8')
      const [row] = await byHand(`SELECT body ->> 'version' AS v FROM controls WHERE name = 'manifest'`)
      return text.includes(`\nconfig ${row?.['v']}\n`)
    },
    { timeout: 20_000, interval: 200 },
  )

beforeAll(async () => {
  database = await startTestPostgres()
  broker = await startTestBroker({ databaseUrl: database.url })
  sql = postgres(database.url, { max: 1, onnotice: () => {} })
  const files = { config, policies: [{ name: 'reads.cedar', text: READS }] }
  expect(await byKey('POST', '/v1/apply', files)).toBe('done')
  await people(broker, 'admin')
  await keep('before')
  await people(broker, 'ada')
  expect(await widen()).toBe('waits')
}, 180_000)
afterAll(async () => {
  await sql?.end()
  await broker?.stop()
  await database?.stop()
})

describe('I4c, I13: an admin key does not come free again by what somebody does to the database', () => {
  it('the approver’s passkey is deleted: what widens is refused, and says how to come back; what narrows goes on', async () => {
    await whileTampered(
      `CREATE TABLE kept AS SELECT body, mac FROM passkeys; DELETE FROM passkeys WHERE user_name = 'ada'`,
      `INSERT INTO passkeys (body, mac) SELECT body, mac FROM kept WHERE body ->> 'user' = 'ada'; DROP TABLE kept`,
      async () => {
        expect(await widen()).toBe('protected_without_approver')
        expect(await inviteApprover()).toBe('protected_without_approver')
        const asked = broker.admin.request({ method: 'POST', path: '/v1/users/eve/invitations' })
        await expect(asked).rejects.toThrow(/user invite NAME --offline/)
        expect(await byKey('DELETE', '/v1/users/eve')).toBe('done')
        expect(await byKey('POST', '/v1/freeze', { environment: 'production' })).toBe('done')
        expect(await byKey('POST', '/v1/unfreeze', { environment: 'production' })).toBe(
          'protected_without_approver',
        )
        await broker.restart()
        expect(await widen()).toBe('protected_without_approver')
      },
    )
    expect(await widen()).toBe('waits')
  })

  it('the approver is deleted, and everybody’s passkey: the same', async () => {
    await whileTampered(
      `CREATE TABLE kept AS SELECT 'passkeys' AS at, body, mac FROM passkeys
         UNION ALL SELECT 'users', body, mac FROM users WHERE name = 'ada';
       DELETE FROM passkeys; DELETE FROM users WHERE name = 'ada'`,
      `INSERT INTO users (body, mac) SELECT body, mac FROM kept WHERE at = 'users';
       INSERT INTO passkeys (body, mac) SELECT body, mac FROM kept WHERE at = 'passkeys'; DROP TABLE kept`,
      async () => {
        expect(await widen()).toBe('protected_without_approver')
      },
    )
  })

  it.each([
    ['taken out of the manifest', `UPDATE controls SET body = body - 'hadApprover' WHERE name = 'manifest'`],
    ['deleted with the manifest', `DELETE FROM controls WHERE name = 'manifest'`],
    ['put back to before', putBack('before')],
  ])(
    'the mark is %s, and the passkeys are gone: nothing counts while a broker runs',
    async (_how, change) => {
      await keep('now')
      await whileTampered(
        `CREATE TABLE kept AS SELECT body, mac FROM passkeys; DELETE FROM passkeys; ${change}`,
        `DELETE FROM controls; INSERT INTO controls (body, mac) SELECT body, mac FROM now WHERE at = 'controls'; ${putBack('now')};
       INSERT INTO passkeys (body, mac) SELECT body, mac FROM kept; DROP TABLE kept; DROP TABLE now`,
        async () => {
          expect(await widen()).toBe('tampered')
          expect(await inviteApprover()).toBe('tampered')
        },
      )
      expect(await widen()).toBe('waits')
    },
  )

  it('an old mark is put back while no broker runs: it starts frozen, and no admin key lifts that', async () => {
    await checkpointed()
    await broker.kill9()
    await byHand(`DELETE FROM passkeys; ${putBack('before')}`)
    await broker.restart()
    expect(broker.log()).toContain('booting frozen')
    for (const what of [widen, inviteApprover, () => byKey('POST', '/v1/unfreeze', { all: true })])
      expect(await what()).toBe('protected_without_approver')

    const ada = new Approver(await letBackIn(broker, database.url, 'ada'))
    expect(await byKey('POST', '/v1/unfreeze', { all: true })).toBe('waits')
    await ada.approve((await ada.waiting())[0]?.id ?? '')
  })

  it('the manifest is destroyed, and with it what was protected: an admin key neither lifts the freeze nor says what is', async () => {
    await broker.kill9()
    await byHand('DELETE FROM passkeys; DELETE FROM controls; DELETE FROM environments')
    await broker.restart()
    expect(await byKey('POST', '/v1/unfreeze', { all: true })).toBe('protected_without_approver')
    expect(await byKey('POST', '/v1/apply', NOTHING_PROTECTED)).toBe('protected_without_approver')
  })

  it('everything is deleted: the broker does not take it for a new database', async () => {
    await using world = new AsyncDisposableStack()
    const store = world.adopt(await startTestPostgres(), (one) => one.stop())
    const folder = await mkdtemp(join(tmpdir(), 'credbroker-key-'))
    world.defer(() => rm(folder, { recursive: true, force: true }))
    const BROKER_KEYFILE = join(folder, 'keyfile')
    const kek = generateKek((bytes) => randomFillSync(bytes))
    createKeyfile(BROKER_KEYFILE, { current: kek })
    // One that was founded the day before yesterday, and of which nothing else is left.
    const founded = newId('deployment', new Date(Date.now() - 48 * 3600 * 1000), (bytes) =>
      randomFillSync(bytes),
    )
    const source = keyfileSource('keyfile', { current: kek })
    const { record } = await createKeyring(founded, source, (bytes) => randomFillSync(bytes))
    const at = connect(parseDatabaseUrl(new Secret(store.url)), { max: 1 })
    world.defer(() => at.end())
    await migrate(at, migrationsDirectory())
    await deploymentStore(at).create(record, undefined)

    const emptied = world.adopt(
      await startTestBroker({ databaseUrl: store.url, env: { BROKER_KEYFILE } }),
      (one) => one.stop(),
    )
    expect(emptied.log()).toContain('booting frozen')
    await emptied.restart()
    for (const [path, body] of [
      ['/v1/unfreeze', { all: true }],
      ['/v1/apply', NOTHING_PROTECTED],
    ] as const)
      await expect(emptied.admin.request({ method: 'POST', path, body })).rejects.toMatchObject({
        code: 'protected_without_approver',
      })
  })
})

describe('I4c: whoever comes to be the first who could approve, the manifest says so from then on', () => {
  const world = new AsyncDisposableStack()
  const marked = async (at: ReturnType<typeof postgres>) => {
    const [row] = await at<Sealed<Manifest>[]>`SELECT body, mac FROM controls WHERE name = 'manifest'`
    return row?.body.hadApprover === true
  }
  afterAll(() => world.disposeAsync())

  it('role and passkey at once, at two replicas; and a database from before gets it when a broker starts', async () => {
    const store = world.adopt(await startTestPostgres(), (one) => one.stop())
    const one = world.adopt(await startTestBroker({ databaseUrl: store.url }), (each) => each.stop())
    const at = postgres(store.url, { max: 1, onnotice: () => {} })
    world.defer(() => at.end())
    const other = await one.replica()
    const apply = (role: string) => {
      const users = { ...config.users, ada: { roles: [role] } }
      const body = { config: { ...config, users }, policies: [] }
      return one.admin.request({ method: 'POST', path: '/v1/apply', body })
    }
    await apply('viewer')
    const token = await setupToken(one, 'ada')
    expect(await marked(at)).toBe(false)
    await Promise.all([
      vi.waitFor(() => apply('approver'), { timeout: 20_000, interval: 20 }),
      settled(other, 'ada', token),
    ])
    expect(await marked(at)).toBe(true)

    const { stores, keyring, close } = await openExisting(
      parseDatabaseUrl(new Secret(store.url)),
      keyfileSource('keyfile', readKeyfile('keyfile', join(one.stateDir, 'keyfile'), [])),
      (bytes) => randomFillSync(bytes),
    )
    world.defer(close)
    const { rows } = await stores.config.load()
    const stored = rows.map(({ body }) => body as object as Manifest).find(({ name }) => name === 'manifest')
    if (!stored) throw new Error('there is a manifest')
    const { hadApprover: _, ...before } = stored
    const { body, mac } = seal(keyring.macs, 'controls', before)
    await other.kill9()
    await one.kill9()
    await at`UPDATE controls SET body = ${at.json(body as never)}, mac = ${mac} WHERE name = 'manifest'`
    expect(await marked(at)).toBe(false)
    await one.restart()
    expect(await marked(at)).toBe(true)
    expect(one.log()).not.toContain('booting frozen')
  }, 120_000)
})
