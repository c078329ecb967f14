import type { FillRandom } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import { hashRaw } from '@node-rs/argon2'
import type { KeySlot } from '../../ports/keyring.ts'
import { KEK_BYTES, makeKek, newKeyId } from './kek.ts'
import type { KeySource } from './key-source.ts'
import { readPrivateFile, refusal } from './private-file.ts'

/** RFC 9106 §4, second recommended option. Anything else in a stored slot is refused, be it weaker or ruinous. */
const PROFILE = { name: 'argon2id', passes: 3, memoryKib: 65_536, lanes: 4 } as const
const MIN_LENGTH = 16

/** One line of at least 16 characters; a line feed at the end is not part of it. */
export function readPassphrase(setting: string, path: string, forbidden: readonly string[]): Secret {
  const bytes = readPrivateFile(setting, path, forbidden)
  const text = bytes.toString().replace(/\r?\n$/, '')
  bytes.fill(0)
  if (text.length < MIN_LENGTH) throw refusal(setting, `holds fewer than ${MIN_LENGTH} characters`)
  if (/[\r\n]/.test(text)) throw refusal(setting, 'holds more than one line')
  return new Secret(text)
}

/** A key computed from what a human chose, with a salt of its own for every slot. */
export const passphraseSource = (setting: string, passphrase: Secret, random: FillRandom): KeySource => ({
  setting,
  async current() {
    const salt = Buffer.from(random(new Uint8Array(16))).toString('base64url')
    const slot = { keyId: newKeyId(random), kdf: { ...PROFILE, salt } }
    return { slot, kek: await derive(passphrase, slot) }
  },
  async unlock(slot) {
    if (!slot.kdf) return []
    const { name, passes, memoryKib, lanes } = slot.kdf
    const known = { name, passes, memoryKib, lanes }
    if (JSON.stringify(known) !== JSON.stringify(PROFILE))
      throw refusal(setting, 'the stored argon2id parameters are not ours')
    return [await derive(passphrase, { keyId: slot.keyId, kdf: slot.kdf })]
  },
})

async function derive(passphrase: Secret, { keyId, kdf }: Required<Pick<KeySlot, 'keyId' | 'kdf'>>) {
  const bytes = await hashRaw(passphrase.expose(), {
    algorithm: 2, // argon2id; the package's `const enum` is not importable under isolatedModules.
    timeCost: kdf.passes,
    memoryCost: kdf.memoryKib,
    parallelism: kdf.lanes,
    outputLen: KEK_BYTES,
    salt: Buffer.from(kdf.salt, 'base64url'),
  })
  return makeKek(keyId, bytes)
}
