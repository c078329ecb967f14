import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import type { FillRandom } from '@credbroker/core/ids'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** A truncated tag is easier to guess, so Node must be told to accept the full one only. */
const FULL_TAG = { authTagLength: TAG_BYTES }

/** AES-256-GCM: nonce ‖ ciphertext ‖ tag. The nonce is random, so one key takes fewer than 2^32 of these. */
export function encrypt(
  key: KeyObject,
  plaintext: Uint8Array,
  associated: string,
  random: FillRandom,
): Buffer {
  const nonce = random(new Uint8Array(NONCE_BYTES))
  const cipher = createCipheriv(CIPHER, key, nonce, FULL_TAG)
  cipher.setAAD(Buffer.from(associated))
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** The plaintext, or undefined when key, associated data or any bit is not the same as at encryption. */
export function decrypt(key: KeyObject, box: Uint8Array, associated: string): Buffer | undefined {
  if (box.length < NONCE_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES), FULL_TAG)
  decipher.setAAD(Buffer.from(associated))
  decipher.setAuthTag(box.subarray(-TAG_BYTES))
  const plaintext = decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    decipher.final()
    return plaintext
  } catch {
    plaintext.fill(0)
    return undefined
  }
}
