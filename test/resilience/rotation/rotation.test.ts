import { randomFillSync } from 'node:crypto'
import { generateKek } from '@credbroker/broker/adapters/keyring/kek'
import { keyfileSource } from '@credbroker/broker/adapters/keyring/keyfile'
import { createKeyring } from '@credbroker/broker/adapters/keyring/keyring'
import { migrate } from '@credbroker/broker/adapters/postgres/migrate'
import { migrationsDirectory } from '@credbroker/broker/adapters/postgres/migrations-directory'
import { rootBinding } from '@credbroker/broker/application/bindings'
import { putRow } from '@credbroker/broker/application/config/row-writes'
import type { Root } from '@credbroker/broker/domain/config'
import { newId } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../harness/postgres.ts'
import { type Replica, startReplica } from './replica.ts'
import { makeVendor, type Vendor } from './vendor.ts'

// Hundreds of small transactions, on machines that do other things as well: only what hangs is to be given up.
vi.setConfig({ testTimeout: 120_000 })

const random = <Bytes extends Uint8Array>(bytes: Bytes): Bytes => randomFillSync(bytes)
const vendors = new Map<string, Vendor>()
let server: TestPostgres
let one: Replica
let other: Replica

beforeAll(async () => {
  server = await startTestPostgres()
  const migrating = postgres(server.url, { max: 1, onnotice: () => {} })
  await migrate(migrating, migrationsDirectory())
  await migrating.end()
  const source = keyfileSource('BROKER_KEYFILE', { current: generateKek(random) })
  const { keyring } = await createKeyring(newId('deployment', new Date(), random), source, random)
  one = startReplica(server.url, keyring, vendors)
  other = startReplica(server.url, keyring, vendors)
  const user = { name: 'mia', source: 'api', disabled: false, roles: ['admin'], invitedBy: null } as const
  const { snapshot } = await one.config.refresh()
  const rows = [
    putRow(keyring.macs, 'users', user),
    ...['in-place', 'side-by-side'].flatMap((name) => [
      putRow(keyring.macs, 'environments', {
        ...{ name, source: 'api', disabled: false, tier: 'standard', backups: [], recoveryGroup: name },
      }),
      putRow(keyring.macs, 'anchors', { vendor: name, id: 'lab', environment: name, shared: false }),
    ]),
  ]
  await one.store.write({ expectedVersion: snapshot.version, rows, events: [] })
})
afterAll(async () => {
  await Promise.all([one?.stop(), other?.stop()])
  await server?.stop()
})
afterEach(() => one.fate.revive())

let roots = 0
/** A root that is in use, and its vendor. */
async function takeIn(style: Vendor['style']): Promise<{ name: string; vendor: Vendor }> {
  const name = `root${++roots}`
  const vendor = makeVendor(style)
  vendors.set(name, vendor)
  await write(name, style, 1, 'first')
  return { name, vendor }
}

async function write(name: string, style: Vendor['style'], version: number, key: string): Promise<void> {
  const { keyring, config, store } = other
  const secret = new Secret(JSON.stringify({ name, key }))
  const { snapshot } = await config.refresh()
  const fingerprint = keyring.fingerprints.root(secret)
  const said = {
    source: 'api',
    disabled: false,
    declaredEnvironment: style,
    recovery: {},
    owner: 'mia',
  } as const
  const found = { state: 'usable', identity: 'spin', reach: ['lab'], unclaimed: [], findings: [] } as const
  const at = new Date().toISOString()
  const times = { addedAt: at, checkedAt: at, service: null, onCall: null }
  const row: Root = { name, provider: style, version, fingerprint, ...said, ...found, ...times }
  await store.write({
    expectedVersion: snapshot.version,
    rows: [putRow(keyring.macs, 'roots', row)],
    secrets: [
      { root: name, version, sealed: keyring.sealer.seal(secret, rootBinding(row, version)), handedIn: true },
    ],
    events: [],
  })
}

const keyInUse = async (name: string) => JSON.parse((await other.vault.open(name)).expose()).key as string
/** As if whoever was at it had been away for long. */
const timePasses = () => other.sql`
  UPDATE root_secrets SET due_at = clock_timestamp() - interval '1 s', locked_until = NULL WHERE state = 'retiring'`
async function events(type: string, root: string) {
  const rows = await other.sql<{ record: string }[]>`SELECT record FROM audit_pending ORDER BY seq`
  return rows
    .map(({ record }) => JSON.parse(record))
    .filter((event) => event.type === type && event.facts?.root === root)
}
const told = async (type: string, root: string) =>
  (await events(type, root)).map(({ phase, result, code }) => [phase, result, code].filter(Boolean).join(' '))

describe.each(['in-place', 'side-by-side'] as const)('a rotation %s that dies', (style) => {
  it('at any of its steps is finished by running it again elsewhere, and loses no credential', async () => {
    const rehearsal = await takeIn(style)
    const before = one.fate.calls()
    await one.rotate(rehearsal.name)
    const steps = one.fate.calls() - before
    expect(steps).toBeGreaterThan(10)
    for (let step = 0; step < steps; step++) {
      const { name, vendor } = await takeIn(style)
      one.fate.dieAfter(step)
      await one.rotate(name).catch(() => undefined)
      one.fate.revive()
      await other.rotate(name)
      await timePasses()
      await other.retire()
      // What works is what is stored, and nothing else does.
      expect([step, ...vendor.alive]).toEqual([step, await keyInUse(name)])
      expect(await other.stores.rotations.unfinished(name)).toEqual({ halfway: false, retiring: [] })
      expect((await told('root.rotated', name)).at(-1)).toBe('outcome ok')
    }
  })
})

it('a former credential whose end at the vendor was not lived to see is ended by whoever comes next', async () => {
  const { name, vendor } = await takeIn('side-by-side')
  vendor.faults.set('retire', 'vendor_unavailable')
  await one.rotate(name)
  expect(vendor.alive).toEqual(new Set(['first', await keyInUse(name)]))
  expect(await other.stores.rotations.unfinished(name)).toMatchObject({
    retiring: [{ version: 1, attempts: 1 }],
  })
  for (let again = 0; again < 3; again++) {
    await timePasses()
    await other.retire()
  }
  // Once answered, it is not told again that it came to the same.
  const quiet = ['intent', 'outcome failed vendor_unavailable', 'intent']
  expect(await told('root.retired', name)).toEqual(quiet)
  expect(other.warnings).toContain('the former credential is not dead yet; it will be tried again')
  vendor.faults.clear()
  await timePasses()
  await other.retire()
  expect(vendor.alive).toEqual(new Set([await keyInUse(name)]))
  expect(await told('root.retired', name)).toEqual([...quiet, 'outcome ok'])
})

it('a vendor that says that a credential is retired, and goes on taking it, is not believed', async () => {
  const { name, vendor } = await takeIn('side-by-side')
  vendor.faults.set('retire', 'lies')
  await one.rotate(name)
  expect(await other.stores.rotations.unfinished(name)).toMatchObject({ retiring: [{ version: 1 }] })
  expect(await told('root.retired', name)).toEqual(['intent', 'outcome failed vendor_refused'])
})

describe('a credential that is handed in', () => {
  it('ends the former one, where its vendor keeps both, and is not taken for it', async () => {
    const { name, vendor } = await takeIn('side-by-side')
    vendor.alive.add('by-hand')
    await one.replace(name, { name, key: 'by-hand' })
    expect([await keyInUse(name), ...vendor.alive]).toEqual(['by-hand', 'by-hand'])
    expect(await told('root.retired', name)).toEqual(['intent', 'outcome ok'])
    // The same key in other words is the same key: ending it would leave the root with none.
    await one.replace(name, { name, key: 'by-hand', region: 'another' })
    await timePasses()
    await other.retire()
    expect(vendor.alive).toEqual(new Set(['by-hand']))
    expect(await other.stores.rotations.unfinished(name)).toEqual({ halfway: false, retiring: [] })
    // The very same is no change.
    const { snapshot } = await other.config.refresh()
    await one.replace(name, { name, key: 'by-hand', region: 'another' })
    expect((await other.config.refresh()).snapshot.version).toBe(snapshot.version)
    expect(await told('root.replaced', name)).toEqual(['event ok', 'event ok'])
  })

  it('ends the former one also where files bring it (apply --renew)', async () => {
    const { name, vendor } = await takeIn('side-by-side')
    vendor.alive.add('by-hand')
    const root = { provider: 'side-by-side', environment: 'side-by-side', owner: 'mia', secret: 'stdin' }
    await one.apply({ [name]: root }, { [name]: { name, key: 'by-hand' } })
    expect([await keyInUse(name), ...vendor.alive]).toEqual(['by-hand', 'by-hand'])
    expect(await told('root.retired', name)).toEqual(['intent', 'outcome ok'])
  })

  it('that its vendor does not let in changes nothing', async () => {
    const { name, vendor } = await takeIn('side-by-side')
    await expect(one.replace(name, { name, key: 'dead' })).rejects.toMatchObject({ code: 'vendor_refused' })
    expect([await keyInUse(name), ...vendor.alive]).toEqual(['first', 'first'])
  })

  it('waits for no rotation, and dies whole or not at all', async () => {
    const rehearsal = await takeIn('side-by-side')
    rehearsal.vendor.alive.add('by-hand')
    const before = one.fate.calls()
    await one.replace(rehearsal.name, { name: rehearsal.name, key: 'by-hand' })
    const steps = one.fate.calls() - before
    for (let step = 0; step < steps; step++) {
      const { name, vendor } = await takeIn('side-by-side')
      vendor.alive.add('by-hand')
      one.fate.dieAfter(step)
      await one.replace(name, { name, key: 'by-hand' }).catch(() => undefined)
      one.fate.revive()
      await other.replace(name, { name, key: 'by-hand' })
      await timePasses()
      await other.retire()
      expect([step, await keyInUse(name), ...vendor.alive]).toEqual([step, 'by-hand', 'by-hand'])
    }
  })
})

describe('two replicas that rotate one root at once', () => {
  it.each(['in-place', 'side-by-side'] as const)(
    '%s: the second is told to wait, before it asks the vendor',
    async (style) => {
      const { name, vendor } = await takeIn(style)
      const { promise, resolve } = Promise.withResolvers<void>()
      vendor.gate = promise
      const first = one.rotate(name)
      await expect
        .poll(async () => (await events('root.rotated', name)).length, { timeout: 60_000 })
        .toBeGreaterThan(0)
      await expect(other.rotate(name)).rejects.toMatchObject({ code: 'conflict' })
      // Nor is a credential taken in that the running one would not know of.
      await expect(write(name, style, 2, 'handed-in')).rejects.toMatchObject({ code: 'conflict' })
      resolve()
      await first
      expect([...vendor.alive]).toEqual([await keyInUse(name)])
      expect(await told('root.rotated', name)).toEqual(['intent', 'outcome ok'])
    },
  )

  it('leave one credential, however they meet', async () => {
    for (const style of ['in-place', 'side-by-side'] as const) {
      const { name, vendor } = await takeIn(style)
      const tries = Array.from({ length: 12 }, (_, at) => (at % 2 ? one : other).rotate(name))
      const settled = await Promise.allSettled(tries)
      expect(settled.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
      for (const end of settled)
        if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'conflict' })
      await timePasses()
      await other.retire()
      expect([...vendor.alive]).toEqual([await keyInUse(name)])
      const said = await told('root.rotated', name)
      expect(said.filter((one) => one === 'intent').length).toBe(
        said.filter((one) => one.startsWith('outcome')).length,
      )
    }
  })
})

describe('every rotation that begins says how it went (I6)', () => {
  it.each([
    ['in-place', 'apply', 'vendor_refused', 'outcome failed vendor_refused'],
    ['in-place', 'apply', 'lost', 'outcome unknown vendor_unavailable'],
    ['side-by-side', 'prepare', 'vendor_refused', 'outcome failed vendor_refused'],
    ['side-by-side', 'prepare', 'lost', 'outcome unknown vendor_unavailable'],
  ] as const)('%s, %s: %s', async (style, call, fault, said) => {
    const { name, vendor } = await takeIn(style)
    vendor.faults.set(call, fault)
    await expect(one.rotate(name)).rejects.toThrow()
    expect(await told('root.rotated', name)).toEqual(['intent', said])
    vendor.faults.clear()
    await other.rotate(name)
    expect([...vendor.alive]).toEqual([await keyInUse(name)])
  })
})

it('a credential that is handed in takes no version that a stopped rotation may have put at the vendor', async () => {
  const { name, vendor } = await takeIn('in-place')
  vendor.faults.set('apply', 'lost')
  await expect(one.rotate(name)).rejects.toThrow()
  expect(await one.vault.lastVersion(name)).toBe(2)
  await expect(write(name, 'in-place', 2, 'handed-in')).rejects.toMatchObject({ code: 'conflict' })
  expect(await other.stores.rotations.unfinished(name)).toEqual({ halfway: true, retiring: [] })
  vendor.faults.clear()
  await other.rotate(name)
  expect([...vendor.alive]).toEqual([await keyInUse(name)])
})
