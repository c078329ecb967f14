import { createPublicKey, randomFillSync, verify } from 'node:crypto'
import type { AuditRecord } from '@credbroker/core/audit/event'
import { describe, expect, it } from 'vitest'
import type { KeyPurpose, SigningKeyRecord, SigningKeyStore } from '../../ports/signing-keys.ts'
import { generateKek } from '../keyring/kek.ts'
import { keyfileSource } from '../keyring/keyfile.ts'
import { createKeyring } from '../keyring/keyring.ts'
import { SigningKeys } from './signing-keys.ts'

const random = (bytes: Uint8Array) => randomFillSync(bytes)
const source = keyfileSource('BROKER_KEYFILE', { current: generateKek(random) })
const { keyring } = await createKeyring('dep_0123456789abcdefghjkmnpqrs', source, random)
const DAY = 86_400
const START = 1_767_225_600
const at = (offsetSeconds: number) => new Date((START + offsetSeconds) * 1000)

const told = (kid: string): AuditRecord => ({ record: kid, leaf: Buffer.alloc(0) })

/** A table that several replicas share. `reads` counts how often it was listed. */
function table() {
  const records: SigningKeyRecord[] = []
  const events: (AuditRecord | undefined)[] = []
  const store: SigningKeyStore & { reads: number } = {
    reads: 0,
    async list(purpose) {
      store.reads++
      return records.filter((record) => record.purpose === purpose)
    },
    async add(record, event) {
      records.push(record)
      events.push(event)
    },
    async retire(kid, retiredAt) {
      change(kid, { retiredAt })
    },
  }
  const change = (kid: string, changes: Partial<SigningKeyRecord>) => {
    const index = records.findIndex((record) => record.kid === kid)
    records[index] = { ...(records[index] as SigningKeyRecord), ...changes }
  }
  const replica = (purpose: KeyPurpose = 'access-token') => new SigningKeys(purpose, store, keyring.sealer)
  return { records, events, store, change, replica }
}

describe('signing keys', () => {
  it('make one key, however many ask at once, and stay with it', async () => {
    const { replica, records } = table()
    const keys = replica()
    const kids = await Promise.all(Array.from({ length: 20 }, async () => (await keys.current(at(0))).kid))
    expect(new Set(kids).size).toBe(1)
    expect(records).toHaveLength(1)
    expect((await keys.current(at(DAY))).kid).toBe(kids[0])
  })

  it('of two replicas that start together verify each other’s signatures', async () => {
    const { replica } = table()
    const [a, b] = [replica(), replica()]
    const [ofA, ofB] = await Promise.all([a.current(at(0)), b.current(at(0))])
    expect(await a.publicKey(ofB.kid, at(2))).toBeDefined()
    expect(await b.publicKey(ofA.kid, at(2))).toBeDefined()
  })

  it('are found again after a restart', async () => {
    const { replica } = table()
    const { kid } = await replica().current(at(0))
    expect((await replica().current(at(60))).kid).toBe(kid)
  })

  it('publish a successor a day before the end and change over without a gap', async () => {
    const { replica } = table()
    const keys = replica()
    const first = await keys.current(at(0))
    expect((await keys.jwks(at(29 * DAY - 1))).keys).toHaveLength(1)
    expect((await keys.current(at(29 * DAY + 1))).kid).toBe(first.kid)
    expect((await keys.jwks(at(29 * DAY + 2))).keys).toHaveLength(2)
    const second = await keys.current(at(29 * DAY + 602))
    expect(second.kid).not.toBe(first.kid)
    expect(await keys.publicKey(first.kid, at(30 * DAY + 959))).toBeDefined()
    expect(await keys.publicKey(first.kid, at(30 * DAY + 960))).toBeUndefined()
    expect((await keys.jwks(at(30 * DAY + 960))).keys.map(({ kid }) => kid)).toEqual([second.kid])
  })

  it('never sign so late that a signature outlives its key', async () => {
    const { replica, records } = table()
    const keys = replica()
    await keys.current(at(0))
    for (let day = 0; day < 100; day += 0.7) {
      const now = at(Math.round(day * DAY))
      const { kid } = await keys.current(now)
      const record = records.find((candidate) => candidate.kid === kid) as SigningKeyRecord
      expect(record.notAfter - now.getTime() / 1000).toBeGreaterThanOrEqual(900)
    }
    expect(records.length).toBeLessThan(6)
  })

  it('are made anew when nobody asked for longer than one lives', async () => {
    const { replica } = table()
    const keys = replica()
    const { kid } = await keys.current(at(0))
    expect((await keys.current(at(30 * DAY + 1))).kid).not.toBe(kid)
  })

  it('are read once for all who ask at the same time', async () => {
    const { replica, store } = table()
    const { kid } = await replica().current(at(0))
    const before = store.reads
    const keys = replica()
    await Promise.all(Array.from({ length: 20 }, () => keys.publicKey(kid, at(1))))
    expect(store.reads - before).toBe(1)
  })

  it('retired here are refused by another replica as soon as it is told', async () => {
    const { replica } = table()
    const [a, b] = [replica(), replica()]
    const { kid } = await a.current(at(0))
    expect(await b.publicKey(kid, at(1))).toBeDefined()
    await a.retire(kid, at(2))
    b.forget()
    expect(await b.publicKey(kid, at(2))).toBeUndefined()
    expect((await b.current(at(2))).kid).not.toBe(kid)
  })

  it('retired while the table was being read are not kept from that reading', async () => {
    const { replica, store, change } = table()
    const { kid } = await replica().current(at(0))
    const keys = replica()
    const list = store.list
    store.list = async (purpose) => {
      const before = await list(purpose)
      change(kid, { retiredAt: START + 1 })
      keys.forget()
      return before
    }
    await keys.publicKey(kid, at(1))
    store.list = list
    expect(await keys.publicKey(kid, at(1))).toBeUndefined()
  })

  it('unknown to us cost one reading a second, whoever asks', async () => {
    const { replica, store } = table()
    const keys = replica()
    await keys.current(at(0))
    const before = store.reads
    for (let i = 0; i < 50; i++) expect(await keys.publicKey(`stranger-${i}`, at(5))).toBeUndefined()
    expect(store.reads - before).toBe(1)
  })

  it('for checkpoints are Ed25519, for tokens P-256, and each is published as such', async () => {
    const { replica } = table()
    for (const [purpose, alg, kty] of [
      ['audit-checkpoint', 'EdDSA', 'OKP'],
      ['access-token', 'ES256', 'EC'],
    ] as const) {
      const keys = replica(purpose)
      const { kid, publicJwk, sign } = await keys.current(at(0))
      expect((await keys.jwks(at(0))).keys).toEqual([{ ...publicJwk, kid, alg, use: 'sig' }])
      expect(publicJwk.kty).toBe(kty)
      const key = createPublicKey({ key: { ...publicJwk }, format: 'jwk' })
      const data = Buffer.from('x')
      const digest = kty === 'EC' ? 'sha256' : null
      expect(verify(digest, data, { key, dsaEncoding: 'ieee-p1363' }, sign(data))).toBe(true)
    }
  })
})

it('I6: what somebody asked for is told with the key that was made, in one change', async () => {
  const { replica, records, events } = table()
  await replica().current(at(0))
  await replica().rotate(at(1), told)
  expect(events).toEqual([undefined, told(records[1]?.kid ?? '')])
})

describe('I13: a writer of the database', () => {
  const stolen = async (
    changes: (record: SigningKeyRecord, other: SigningKeyRecord) => Partial<SigningKeyRecord>,
  ) => {
    const { replica, records, change } = table()
    const { kid } = await replica().current(at(0))
    await replica().rotate(at(0), told)
    change(kid, changes(...(records as [SigningKeyRecord, SigningKeyRecord])))
    return replica().publicKey(kid, at(1))
  }

  it.each<[string, (record: SigningKeyRecord, other: SigningKeyRecord) => Partial<SigningKeyRecord>]>([
    ['put in a public key of their own', (_, other) => ({ publicJwk: other.publicJwk })],
    ['put in another sealed key', (_, other) => ({ sealedPrivate: other.sealedPrivate })],
    ['prolong a key', ({ notAfter }) => ({ notAfter: notAfter + 1 })],
    ['make it sign sooner', ({ signsFrom }) => ({ signsFrom: signsFrom - 1 })],
  ])('cannot %s', async (_name, changes) => {
    await expect(stolen(changes)).rejects.toMatchObject({ code: 'tampered' })
  })

  it('cannot turn a checkpoint key into a token key', async () => {
    const { replica, change } = table()
    const { kid } = await replica('audit-checkpoint').current(at(0))
    change(kid, { purpose: 'access-token' })
    await expect(replica().publicKey(kid, at(1))).rejects.toMatchObject({ code: 'tampered' })
  })

  it('is also found out by a replica that had read the honest row', async () => {
    const { replica, change } = table()
    const keys = replica()
    const { kid } = await keys.current(at(0))
    change(kid, { notAfter: START + 99 * DAY })
    await expect(keys.publicKey(kid, at(31))).rejects.toMatchObject({ code: 'tampered' })
  })
})
