import { createHmac } from 'node:crypto'
import { BrokerError } from '@credbroker/core/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf, type Team, type User } from '../../domain/config.ts'
import { MANIFEST } from '../../domain/manifest.ts'
import type { ConfigStore, SealedWrite, StoredRow } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Passkey, Sealed } from '../../ports/people.ts'
import { seal } from '../people/sealed-row.ts'
import { LiveConfig } from './live-config.ts'
import { putRow } from './row-writes.ts'
import { sealedWrites } from './sealed-writes.ts'

const mac = (domain: string, text: string) => createHmac('sha256', domain).update(text).digest('base64url')
const macs: Macs = { mac, matches: (domain, text, found) => mac(domain, text) === found }

/** A database in which whoever holds it changes what they like; like the triggers of the real one, it counts every change. */
class Database implements ConfigStore {
  rows = new Map<string, StoredRow>()
  passkeys: Sealed<Passkey>[] = []
  at = 1

  load = async () => ({
    version: this.at,
    rows: structuredClone([...this.rows.values()]),
    passkeys: this.passkeys,
  })
  version = async () => this.at
  write = async ({ expectedVersion, rows, manifest }: SealedWrite) => {
    if (expectedVersion !== this.at) throw new BrokerError('conflict')
    for (const write of rows) {
      const body = structuredClone('put' in write ? write.put : write.remove)
      const key = `${write.table} ${keyOf(write.table, body as never)}`
      if ('put' in write) this.rows.set(key, { table: write.table, body: body as never, mac: write.mac })
      else this.rows.delete(key)
    }
    if (manifest)
      this.rows.set(`controls ${MANIFEST}`, {
        table: 'controls',
        body: manifest.body as never,
        mac: manifest.mac,
      })
    this.at++
  }

  byHand(change: (rows: Map<string, StoredRow>) => void): void {
    change(this.rows)
    this.at++
  }
}

const noPolicy = () => ({
  version: 'none',
  decide() {
    throw new Error('no policy is asked for')
  },
})

const replicaOf = (database: Database) => {
  const logged: unknown[] = []
  const log = { info: () => {}, warn: () => {}, error: (fields: object) => void logged.push(fields) }
  const config = new LiveConfig(database, macs, noPolicy, log)
  const writer = sealedWrites(database, config, macs)
  const row = (name: string, description: string): Team => ({
    name,
    description,
    source: 'api',
    disabled: false,
  })
  return {
    config,
    logged,
    put: async (name: string, description: string) => {
      const { snapshot } = await config.refresh()
      const rows = [putRow(macs, 'teams', row(name, description))]
      await writer.write({ expectedVersion: snapshot.version, rows, events: [] })
    },
    putUser: async (name: string, roles: User['roles']) => {
      const { snapshot } = await config.refresh()
      const user: User = { name, roles, source: 'api', disabled: false, invitedBy: null }
      const rows = [putRow(macs, 'users', user)]
      await writer.write({ expectedVersion: snapshot.version, rows, events: [] })
    },
    hadApprover: async () => (await config.refresh()).snapshot.manifest?.hadApprover === true,
    remove: async (name: string) => {
      const { snapshot } = await config.refresh()
      const rows = [{ table: 'teams' as const, remove: row(name, '') }]
      await writer.write({ expectedVersion: snapshot.version, rows, events: [] })
    },
    /** What is used of a team; what is refused, by its code. */
    see: async (name: string): Promise<string | undefined> => {
      const { snapshot } = await config.refresh()
      try {
        return snapshot.find('teams', name)?.description ?? undefined
      } catch (error) {
        return (error as BrokerError).code
      }
    },
  }
}

const NAMES = ['a', 'b', 'constructor'] as const
const steps = fc.array(
  fc.record({ name: fc.constantFrom(...NAMES), second: fc.boolean(), remove: fc.boolean() }),
  { minLength: 1, maxLength: 12 },
)

/** Writes by two brokers; answers what stands, and every state of every row that ever was. */
async function play(of: typeof steps extends fc.Arbitrary<infer T> ? T : never) {
  const database = new Database()
  const replicas = [replicaOf(database), replicaOf(database)] as const
  const expected = new Map<string, string>()
  const states: StoredRow[][] = []
  for (const [at, { name, second, remove }] of of.entries()) {
    const replica = replicas[second ? 1 : 0]
    if (remove) await replica.remove(name)
    else await replica.put(name, `${at}`)
    if (remove) expected.delete(name)
    else expected.set(name, `${at}`)
    states.push([...database.rows.values()])
  }
  return { database, replicas, expected, states }
}

describe('the manifest (I13)', () => {
  it('raises no alarm, however two brokers take turns in writing', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (of) => {
        const { replicas, expected } = await play(of)
        for (const replica of replicas)
          for (const name of NAMES) expect(await replica.see(name)).toBe(expected.get(name))
        expect(replicas.flatMap(({ logged }) => logged)).toEqual([])
      }),
    )
  })

  it('names the one row that was put back to any earlier state, or is gone; all others go on', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), fc.constantFrom(...NAMES), async (of, back, victim) => {
        const { database, replicas, expected, states } = await play(of)
        const key = `teams ${victim}`
        const now = database.rows.get(key)
        const then = states[back % states.length]?.find(
          ({ table, body }) => table === 'teams' && (body as { name?: string }).name === victim,
        )
        fc.pre(now?.mac !== then?.mac)
        database.byHand((rows) => (then ? rows.set(key, then) : rows.delete(key)))
        for (const replica of [...replicas, replicaOf(database)])
          for (const name of NAMES)
            expect(await replica.see(name)).toBe(name === victim ? 'tampered' : expected.get(name))
        const { snapshot } = await replicas[0].config.refresh()
        expect(snapshot.tampered()).toEqual([{ table: 'teams', key: victim, gone: !then }])
        expect(replicas[0].logged).toEqual([{ table: 'teams', row: victim, gone: !then }])
        await replicas[0].put(victim, 'again')
        expect(await replicas[1].see(victim)).toBe('again')
      }),
    )
  })

  it('put back together with its rows, is refused by whoever has seen a newer one', async () => {
    const database = new Database()
    const [running, idle] = [replicaOf(database), replicaOf(database)]
    await running.put('a', 'old')
    const old = new Map(database.rows)
    await running.put('a', 'new')
    const { snapshot } = await running.config.refresh()
    database.byHand(() => {
      database.rows = new Map(old)
    })
    expect(await running.see('a')).toBe('tampered')
    // A broker that starts knows only what a checkpoint outside says.
    expect(await idle.see('a')).toBe('old')
    const started = replicaOf(database)
    started.config.expectManifest(snapshot.manifest?.version ?? 0)
    expect(await started.see('a')).toBe('tampered')
    await started.put('b', 'written by the broker that froze everything')
    for (const replica of [started, running, idle]) expect(await replica.see('a')).toBe('old')
  })

  it.each([
    ['is gone', (rows: Map<string, StoredRow>) => void rows.delete(`controls ${MANIFEST}`)],
    [
      'was changed',
      (rows: Map<string, StoredRow>) => {
        const row = rows.get(`controls ${MANIFEST}`)
        if (row) rows.set(`controls ${MANIFEST}`, { ...row, body: { ...(row.body as object), version: 99 } })
      },
    ],
    ['and everything else is gone', (rows: Map<string, StoredRow>) => rows.clear()],
  ])('that %s lets nothing count', async (_what, change) => {
    const database = new Database()
    const replica = replicaOf(database)
    await replica.put('a', 'stored')
    expect(await replica.see('a')).toBe('stored')
    database.byHand(change)
    expect(await replica.see('a')).toBe('tampered')
    expect(await replica.see('never there')).toBe('tampered')
  })

  it('is not written from another version than the one the change was computed from', async () => {
    const database = new Database()
    const replica = replicaOf(database)
    const { version } = (await replica.config.refresh()).snapshot
    await replica.put('a', 'faster')
    await replica.config.refresh()
    const late = sealedWrites(database, replica.config, macs).write({
      expectedVersion: version,
      rows: [putRow(macs, 'teams', { name: 'a', description: 'late', source: 'api', disabled: false })],
      events: [],
    })
    await expect(late).rejects.toMatchObject({ code: 'conflict' })
    expect(await replica.see('a')).toBe('faster')
  })

  it('says for good that somebody could approve, from the write on by which they can (I4c)', async () => {
    const database = new Database()
    const [one, other] = [replicaOf(database), replicaOf(database)]
    database.passkeys = [seal(macs, 'passkeys', { id: 'psk', user: 'mia' } as Passkey)]
    await one.putUser('mia', ['viewer'])
    await one.putUser('noa', ['approver'])
    expect(await other.hadApprover()).toBe(false)
    await one.putUser('mia', ['approver'])
    expect(await other.hadApprover()).toBe(true)
    database.byHand(() => {
      database.passkeys = []
    })
    await other.putUser('mia', ['viewer'])
    expect(await one.hadApprover()).toBe(true)
  })

  it('written anew after it was lost says so too, because nobody knows (I4c)', async () => {
    const database = new Database()
    await replicaOf(database).put('a', 'stored')
    database.byHand((rows) => void rows.delete(`controls ${MANIFEST}`))
    const started = replicaOf(database)
    await started.put('b', 'written by the broker that froze everything')
    expect(await started.hadApprover()).toBe(true)
  })
})
