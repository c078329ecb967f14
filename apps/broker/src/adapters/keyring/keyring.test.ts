import { randomFillSync } from 'node:crypto'
import { inspect } from 'node:util'
import { newId } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { generateKek, type Kek, makeKek } from './kek.ts'
import { keyfileSource } from './keyfile.ts'
import { createKeyring, openKeyring, rotateKeyring } from './keyring.ts'
import { passphraseSource } from './passphrase.ts'
import { encryptForRecovery, recover } from './recovery.ts'

const random = (bytes: Uint8Array) => randomFillSync(bytes)
const deployment = newId('deployment', new Date(0), random)
const lease = newId('lease', new Date(0), random)
const keyfile = (current: Kek, previous?: Kek) =>
  keyfileSource('BROKER_KEYFILE', previous ? { current, previous } : { current })
const root = new Secret('sk_live_canary')
const binding = { table: 'roots', row: 'stripe', version: 1 }
const stranger = () => makeKek(kek.id, random(new Uint8Array(32)))

const kek = generateKek(random)
const { keyring, record } = await createKeyring(deployment, keyfile(kek), random)

describe('a deployment', () => {
  it('opens again from its stored record, as JSON, with its key', async () => {
    const stored = JSON.parse(JSON.stringify(record))
    const again = await openKeyring(stored, keyfile(kek), random)
    expect(again.sealer.open(keyring.sealer.seal(root, binding), binding).expose()).toBe(root.expose())
    expect(again.macs.mac('row', 'x')).toBe(keyring.macs.mac('row', 'x'))
  })

  it('says that the key is wrong before anything is used', async () => {
    await expect(openKeyring(record, keyfile(stranger()), random)).rejects.toThrow(
      'BROKER_KEYFILE: is not the key that this deployment was sealed with.',
    )
  })

  it('says that no key has the right id', async () => {
    await expect(openKeyring(record, keyfile(generateKek(random)), random)).rejects.toThrow(
      'BROKER_KEYFILE: holds no key with the id',
    )
  })

  it('I13: tells a record put together by a writer of the database from a wrong key', async () => {
    const swapped = { ...record, master: record.canary }
    await expect(openKeyring(swapped, keyfile(kek), random)).rejects.toMatchObject({ code: 'tampered' })
    const moved = { ...record, deployment: newId('deployment', new Date(0), random) }
    await expect(openKeyring(moved, keyfile(kek), random)).rejects.toMatchObject({ code: 'config_invalid' })
  })

  it('prints no key', () => {
    const bytes = kek.key.export()
    const printed =
      inspect([keyring, kek, record], { depth: 9, showHidden: true }) + JSON.stringify([keyring, kek])
    for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const)
      expect(printed).not.toContain(bytes.toString(form))
  })
})

describe('rotation of the key-encryption key', () => {
  it('I13: leaves every MAC, fingerprint and vendor-side name as it was', async () => {
    const next = generateKek(random)
    const source = keyfile(next, kek)
    const rotated = await rotateKeyring(record, source, source, random)
    const sealed = rotated.keyring.rewrapper.rewrap(keyring.sealer.seal(root, binding), binding)
    const later = await openKeyring(rotated.record, keyfile(next), random)

    expect(later.sealer.open(sealed, binding).expose()).toBe(root.expose())
    expect(later.macs.matches('row', 'grant', keyring.macs.mac('row', 'grant'))).toBe(true)
    expect(later.fingerprints.root(root)).toBe(keyring.fingerprints.root(root))
    expect(later.vendorNames.leaseOf(keyring.vendorNames.nameOf(lease))).toBe(lease)
    await expect(openKeyring(rotated.record, keyfile(kek), random)).rejects.toThrow('holds no key')
  })

  it('before it: a replica with both keys still opens the old record, and seals under the old key', async () => {
    const next = generateKek(random)
    const ready = await openKeyring(record, keyfile(next, kek), random)
    expect(ready.rewrapper.keyId).toBe(kek.id)
  })

  it('during it: a replica with both keys opens rows that are already wrapped anew', async () => {
    const next = generateKek(random)
    const source = keyfile(next, kek)
    const ready = await openKeyring(record, source, random)
    const rotated = await rotateKeyring(record, source, source, random)
    expect(ready.sealer.open(rotated.keyring.sealer.seal(root, binding), binding).expose()).toBe(
      root.expose(),
    )
  })
})

describe('a passphrase', () => {
  const source = (words: string) => passphraseSource('BROKER_KEY_PASSPHRASE_FILE', new Secret(words), random)

  it('unlocks with the stored salt, and a wrong one is told so', async () => {
    const made = await createKeyring(deployment, source('correct horse battery'), random)
    const again = await openKeyring(made.record, source('correct horse battery'), random)
    expect(again.macs.mac('row', 'x')).toBe(made.keyring.macs.mac('row', 'x'))
    await expect(openKeyring(made.record, source('correct horse batterz'), random)).rejects.toThrow(
      'BROKER_KEY_PASSPHRASE_FILE: is not the key',
    )
  })

  it('gives way to a keyfile by rotation, with the same MACs', async () => {
    const made = await createKeyring(deployment, source('correct horse battery'), random)
    const rotated = await rotateKeyring(made.record, source('correct horse battery'), keyfile(kek), random)
    const later = await openKeyring(rotated.record, keyfile(kek), random)
    expect(later.macs.mac('row', 'x')).toBe(made.keyring.macs.mac('row', 'x'))
  })

  it('refuses stored parameters that are not ours, be they weak or ruinous', async () => {
    const { slot } = await source('correct horse battery').current()
    for (const change of [{ passes: 1 }, { memoryKib: 2 ** 31 }, { lanes: 1 }]) {
      const kdf = { ...(slot.kdf as NonNullable<typeof slot.kdf>), ...change }
      await expect(source('correct horse battery').unlock({ ...slot, kdf })).rejects.toThrow('not ours')
    }
  })
})

describe('recovery', () => {
  it('a lost key comes back from the age file with the identity, and no other identity opens it', async () => {
    const identity = await generateX25519Identity()
    const file = await encryptForRecovery(deployment, kek, await identityToRecipient(identity))
    expect(file).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/)

    const found = await recover(file, new Secret(`${identity}\n`))
    expect(found.deployment).toBe(deployment)
    const again = await openKeyring(record, keyfile(found.kek), random)
    expect(again.macs.mac('row', 'x')).toBe(keyring.macs.mac('row', 'x'))

    const other = new Secret(await generateX25519Identity())
    await expect(recover(file, other)).rejects.toThrow('This identity does not open this recovery file.')
  })

  it('unlocks a deployment whose passphrase was forgotten', async () => {
    const source = passphraseSource('P', new Secret('correct horse battery'), random)
    const made = await createKeyring(deployment, source, random)
    const [own] = await source.unlock(made.record.slot)
    const identity = await generateX25519Identity()
    const file = await encryptForRecovery(deployment, own as Kek, await identityToRecipient(identity))
    const found = await recover(file, new Secret(identity))
    const again = await openKeyring(made.record, keyfile(found.kek), random)
    expect(again.macs.mac('row', 'x')).toBe(made.keyring.macs.mac('row', 'x'))
  })

  it('another file that the identity opens is not taken for one', async () => {
    const identity = await generateX25519Identity()
    const encrypter = new Encrypter()
    encrypter.addRecipient(await identityToRecipient(identity))
    const key = Buffer.alloc(32, 7).toString('base64url')
    const text = JSON.stringify({ format: 'other/1', deployment, id: 'k1', key })
    const file = armor.encode(await encrypter.encrypt(text))
    await expect(recover(file, new Secret(identity))).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('a text that is no recipient is refused by name', async () => {
    await expect(encryptForRecovery(deployment, kek, 'AGE-SECRET-KEY-1CANARY')).rejects.toThrow(
      'recovery recipient: is not an age recipient.',
    )
  })
})
