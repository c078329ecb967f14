import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { FillRandom } from '@credbroker/core/ids'

/** A key-encryption key: 32 bytes, held as a `KeyObject`, which prints nothing and is fast. */
export interface Kek {
  readonly id: string
  readonly key: KeyObject
}

export const KEK_BYTES = 32
const KEY_ID = /^[A-Za-z0-9_-]{1,40}$/
export const isKeyId = (text: string): boolean => KEY_ID.test(text)

/** Takes over the bytes and wipes them. */
export function makeKek(id: string, bytes: Uint8Array): Kek {
  if (!isKeyId(id) || bytes.length !== KEK_BYTES) throw new TypeError('not a key-encryption key')
  const key = createSecretKey(bytes)
  bytes.fill(0)
  return { id, key }
}

/** `kek_` and 12 characters; ids are random so that a new key never takes an old one's name. */
export const newKeyId = (random: FillRandom): string =>
  `kek_${Buffer.from(random(new Uint8Array(9))).toString('base64url')}`

export const generateKek = (random: FillRandom): Kek =>
  makeKek(newKeyId(random), random(new Uint8Array(KEK_BYTES)))

/** HKDF-SHA-256 (RFC 5869); one label, one use. */
export function deriveKey(from: KeyObject, salt: string, label: string): KeyObject {
  const bytes = Buffer.from(hkdfSync('sha256', from, salt, `credbroker/${label}/1`, 32))
  const key = createSecretKey(bytes)
  bytes.fill(0)
  return key
}
