import { randomFillSync } from 'node:crypto'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SealBinding, Sealed } from '../../ports/keyring.ts'
import { Envelopes } from './envelope.ts'
import { generateKek, makeKek } from './kek.ts'

const random = (bytes: Uint8Array) => randomFillSync(bytes)
const kek = generateKek(random)
const envelopes = new Envelopes('dep_a', kek, [], random)
const binding: SealBinding = {
  table: 'roots',
  row: 'aws-main',
  version: 2,
  provider: 'aws-sts',
  environment: 'staging',
}
const canary = 'canary-3f1c9'
const sealed = envelopes.seal(new Secret(canary), binding)

const opens = (text: string, as: SealBinding = binding, by = envelopes) =>
  by.open(text as Sealed, as).expose()
function refused(attempt: () => unknown): void {
  let error: unknown
  try {
    attempt()
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(BrokerError)
  expect((error as BrokerError).code).toBe('tampered')
  expect(String((error as BrokerError).stack)).not.toContain(canary)
}

describe('a sealed secret', () => {
  it('opens as what it was sealed for, whatever text it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(opens(envelopes.seal(new Secret(text), binding))).toBe(text)
      }),
    )
  })

  it('never shows the plaintext, and two seals of one secret differ', () => {
    const again = envelopes.seal(new Secret(canary), binding)
    expect(again).not.toBe(sealed)
    expect(Buffer.from(again.split('.')[4] as string, 'base64url').includes(canary)).toBe(false)
  })

  it.each<[string, Partial<SealBinding>]>([
    ['in another row', { row: 'aws-other' }],
    ['in another table', { table: 'leases' }],
    ['as an older version', { version: 1 }],
    ['as a newer version', { version: 3 }],
    ['for another provider', { provider: 'postgres-role' }],
    ['in another environment', { environment: 'production' }],
  ])('I13: does not open %s', (_name, change) => {
    refused(() => opens(sealed, { ...binding, ...change }))
  })

  it('I13: does not open without the provider and environment it was sealed with', () => {
    refused(() => opens(sealed, { table: 'roots', row: 'aws-main', version: 2 }))
  })

  it('I13: two rows whose ciphertexts were swapped both fail closed', () => {
    const other = { ...binding, row: 'aws-other' }
    const otherSealed = envelopes.seal(new Secret('other'), other)
    refused(() => opens(otherSealed))
    refused(() => opens(sealed, other))
  })

  it('I13: data key of one value and ciphertext of another do not combine', () => {
    const other = envelopes.seal(new Secret('other'), binding)
    const mixed = [...sealed.split('.').slice(0, 4), other.split('.')[4]].join('.')
    refused(() => opens(mixed))
  })

  it('does not open in another deployment that has the same key', () => {
    refused(() => opens(sealed, binding, new Envelopes('dep_b', kek, [], random)))
  })

  it('does not open under another key of the same id', () => {
    const impostor = makeKek(kek.id, random(new Uint8Array(32)))
    refused(() => opens(sealed, binding, new Envelopes('dep_a', impostor, [], random)))
  })

  it('fails closed when any single bit of the stored text is flipped', () => {
    const bit = fc.integer({ min: 0, max: sealed.length * 8 - 1 })
    fc.assert(
      fc.property(bit, (at) => {
        const bytes = Buffer.from(sealed, 'latin1')
        bytes[at >> 3] = (bytes[at >> 3] as number) ^ (1 << (at & 7))
        refused(() => opens(bytes.toString('latin1')))
      }),
      { numRuns: 600 },
    )
  })

  it('fails closed when it is cut short anywhere, the tag included', () => {
    for (let length = 0; length < sealed.length; length++) refused(() => opens(sealed.slice(0, length)))
    const tagCut = Buffer.from(sealed.split('.')[4] as string, 'base64url').subarray(0, -4)
    refused(() => opens([...sealed.split('.').slice(0, 4), tagCut.toString('base64url')].join('.')))
  })

  it('fails closed on any other text', () => {
    fc.assert(fc.property(fc.string(), (text) => refused(() => opens(text))))
  })
})

describe('rotation', () => {
  const next = generateKek(random)
  const both = new Envelopes('dep_a', next, [kek], random)

  it('wraps the data key anew, leaves the ciphertext alone, and the old key no longer opens it', () => {
    const moved = both.rewrap(sealed, binding)
    expect(moved.split('.')[4]).toBe(sealed.split('.')[4])
    expect([both.isCurrent(sealed), both.isCurrent(moved)]).toEqual([false, true])
    expect(opens(moved, binding, new Envelopes('dep_a', next, [], random))).toBe(canary)
    refused(() => opens(moved))
  })

  it('I13: does not launder a row that was moved to another place', () => {
    refused(() => both.rewrap(sealed, { ...binding, environment: 'production' }))
  })
})
