import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@credbroker/core/secret'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { generateKek } from './kek.ts'
import { createKeyfile, keyfileSource, readKeyfile, rotateKeyfile } from './keyfile.ts'
import { createKeyring, openKeyring } from './keyring.ts'
import { keepRecoveryFile, recoverKeyfile } from './recovery-file.ts'

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes)
const binding = { table: 'root_secrets', row: 'db', version: 1 }
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'recovery-'))
  chmodSync(directory, 0o700)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const at = (name: string) => join(directory, name)
const sourceOf = (path: string) => keyfileSource('BROKER_KEYFILE', readKeyfile('BROKER_KEYFILE', path, []))

async function deployment() {
  createKeyfile(at('key'), { current: generateKek(random) })
  const source = sourceOf(at('key'))
  const { keyring, record } = await createKeyring('dep_1', source, random)
  const identity = await generateIdentity()
  return { source, keyring, record, identity, recipient: await identityToRecipient(identity) }
}

it('a lost keyfile is recovered with the offline identity, and opens what was sealed', async () => {
  const { source, keyring, record, identity, recipient } = await deployment()
  const sealed = keyring.sealer.seal(new Secret('root'), binding)
  await keepRecoveryFile(at('recovery.age'), recipient, record, source)
  rmSync(at('key'))
  const { keyId } = await recoverKeyfile(at('recovery.age'), new Secret(identity), at('key'))
  expect(keyId).toBe(record.slot.keyId)
  const again = await openKeyring(record, sourceOf(at('key')), random)
  expect(again.sealer.open(sealed, binding).expose()).toBe('root')
})

it('the file is only its owner’s, holds no key in the clear, and is written once per key', async () => {
  const { source, record, recipient } = await deployment()
  expect(await keepRecoveryFile(at('recovery.age'), recipient, record, source)).toBe(true)
  expect(await keepRecoveryFile(at('recovery.age'), recipient, record, source)).toBe(false)
  expect(statSync(at('recovery.age')).mode & 0o777).toBe(0o600)
  const key = JSON.parse(readFileSync(at('key'), 'utf8')).current.key
  expect(readFileSync(at('recovery.age'), 'utf8')).not.toContain(key)
  rotateKeyfile(at('key'), record.slot.keyId, random)
  const { record: rotated } = await createKeyring('dep_1', sourceOf(at('key')), random)
  expect(await keepRecoveryFile(at('recovery.age'), recipient, rotated, sourceOf(at('key')))).toBe(true)
})

it('another identity recovers nothing and writes nothing', async () => {
  const { source, record, recipient } = await deployment()
  await keepRecoveryFile(at('recovery.age'), recipient, record, source)
  await expect(
    recoverKeyfile(at('recovery.age'), new Secret(await generateIdentity()), at('other')),
  ).rejects.toMatchObject({
    code: 'invalid_request',
  })
  expect(() => statSync(at('other'))).toThrow('ENOENT')
})
