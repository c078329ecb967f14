import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Secret } from '@credbroker/core/secret'
import type { KeyRecord } from '../../ports/keyring.ts'
import type { KeySource } from './key-source.ts'
import { createKeyfile } from './keyfile.ts'
import { encryptForRecovery, recover } from './recovery.ts'

/**
 * Keeps a file beside the deployment in which the key in use is encrypted to an offline recipient (age), so that a lost
 * key is not a lost fleet. Written anew for a new key only. Answers whether it was.
 * @throws BrokerError `config_invalid` when the recipient is not one
 */
export async function keepRecoveryFile(
  path: string,
  recipient: string,
  { deployment, slot }: KeyRecord,
  source: KeySource,
): Promise<boolean> {
  const stamp = `# ${deployment} ${slot.keyId} ${recipient}\n`
  if (existsSync(path) && readFileSync(path, 'utf8').startsWith(stamp)) return false
  const [kek] = await source.unlock(slot)
  if (!kek) return false
  const text = stamp + (await encryptForRecovery(deployment, kek, recipient))
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return true
}

/**
 * Writes the key of a recovery file to a new keyfile. Needs the age identity, and no broker.
 * @throws BrokerError `invalid_request` when the identity does not open it; EEXIST when there is a keyfile
 */
export async function recoverKeyfile(
  recoveryFile: string,
  identity: Secret,
  keyfile: string,
): Promise<{ deployment: string; keyId: string }> {
  const text = readFileSync(recoveryFile, 'utf8').replace(/^#.*\n/, '')
  const { deployment, kek } = await recover(text, identity)
  createKeyfile(keyfile, { current: kek })
  return { deployment, keyId: kek.id }
}
