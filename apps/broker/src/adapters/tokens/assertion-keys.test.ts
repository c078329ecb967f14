import { randomFillSync } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { SigningKeyRecord, SigningKeyStore } from '../../ports/signing-keys.ts'
import { generateKek } from '../keyring/kek.ts'
import { keyfileSource } from '../keyring/keyfile.ts'
import { createKeyring } from '../keyring/keyring.ts'
import { assertionKeys } from './assertion-keys.ts'

const told = () => ({ record: '', leaf: Buffer.alloc(0) })

const random = (bytes: Uint8Array) => randomFillSync(bytes)
const source = keyfileSource('BROKER_KEYFILE', { current: generateKek(random) })
const { keyring } = await createKeyring('dep_0123456789abcdefghjkmnpqrs', source, random)
const HOUR = 3600
const START = 1_767_225_600
const at = (offsetSeconds: number) => new Date((START + offsetSeconds) * 1000)

function table() {
  const records: SigningKeyRecord[] = []
  const store: SigningKeyStore = {
    list: async (purpose) => records.filter((record) => record.purpose === purpose),
    add: async (record) => void records.push(record),
    retire: async () => {},
  }
  return { records, replica: () => assertionKeys(store, keyring.sealer) }
}

type Keys = ReturnType<typeof assertionKeys>

/** As a vendor does it, with another library. */
async function accepts(keys: Keys, environment: string, token: string, seconds: number): Promise<boolean> {
  const set = createLocalJWKSet((await keys.jwks(environment, at(seconds))) as JSONWebKeySet)
  return jwtVerify(token, set, { currentDate: at(seconds), algorithms: ['RS256'] }).then(
    ({ protectedHeader }) => protectedHeader.typ === 'JWT',
    () => false,
  )
}
const signed = async (keys: Keys, environment: string, seconds: number) =>
  (await keys.sign(environment, { exp: START + seconds + 120 }, at(seconds))).expose()

describe('the keys of assertion issuers', () => {
  it('I2 sign for one environment: no other’s key set accepts it', async () => {
    const { replica } = table()
    const keys = replica()
    const staging = await signed(keys, 'staging', 0)
    const production = await signed(keys, 'production', 0)
    expect(await accepts(keys, 'staging', staging, 1)).toBe(true)
    expect(await accepts(keys, 'production', production, 1)).toBe(true)
    expect(await accepts(keys, 'production', staging, 1)).toBe(false)
    expect(await accepts(keys, 'staging', production, 1)).toBe(false)
  })

  it('are made by signing, never by asking for them', async () => {
    const { replica, records } = table()
    expect(await replica().jwks('staging', at(0))).toEqual({ keys: [] })
    expect(records).toEqual([])
  })

  it('are published by every replica as soon as one of them has signed', async () => {
    const { replica } = table()
    const [a, b] = [replica(), replica()]
    expect(await b.jwks('staging', at(0))).toEqual({ keys: [] })
    const token = await signed(a, 'staging', 1)
    expect(await accepts(b, 'staging', token, 1)).toBe(true)
  })

  it('are published hours before they sign, and longer than their last assertion lives', async () => {
    const { replica, records } = table()
    const keys = replica()
    await signed(keys, 'staging', 0)
    const { kid } = await keys.rotate('staging', at(HOUR), told)
    const before = await signed(keys, 'staging', 7 * HOUR - 1)
    const after = await signed(keys, 'staging', 7 * HOUR)
    const kidOf = (token: string) => JSON.parse(atob(token.split('.')[0] ?? '')).kid
    expect(kidOf(before)).not.toBe(kid)
    expect(kidOf(after)).toBe(kid)
    expect(await accepts(keys, 'staging', before, 7 * HOUR + 100)).toBe(true)
    expect((await keys.list('staging')).map((key) => key.kid)).toEqual(records.map((key) => key.kid))
    expect(await keys.list('production')).toEqual([])
  })

  it('I13 one of staging, put in for production, signs nothing there', async () => {
    const { replica, records } = table()
    await signed(replica(), 'staging', 0)
    records[0] = { ...(records[0] as SigningKeyRecord), purpose: 'assertion:production' }
    await expect(signed(replica(), 'production', 1)).rejects.toMatchObject({ code: 'tampered' })
  })
})
