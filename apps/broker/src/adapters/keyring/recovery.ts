import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import { armor, Decrypter, Encrypter } from 'age-encryption'
import { type Kek, makeKek } from './kek.ts'
import { refusal } from './private-file.ts'

const FORMAT = 'credbroker-recovery/1'

/**
 * The key-encryption key, encrypted to an offline age recipient (`age1…`): an armoured age file, safe to keep with
 * backups. Make it anew at every rotation. Not a password: only the identity's holder can read it.
 * @throws BrokerError `config_invalid` when the recipient is not one.
 */
export async function encryptForRecovery(deployment: string, kek: Kek, recipient: string): Promise<string> {
  const encrypter = new Encrypter()
  try {
    encrypter.addRecipient(recipient)
  } catch {
    throw refusal('recovery recipient', 'is not an age recipient')
  }
  const bytes = kek.key.export()
  const text = JSON.stringify({ format: FORMAT, deployment, id: kek.id, key: bytes.toString('base64url') })
  bytes.fill(0)
  return armor.encode(await encrypter.encrypt(text))
}

/**
 * The key again, to be written to a keyfile. It unlocks the deployment whatever source the key came from.
 * @throws BrokerError `invalid_request` without a word of the input.
 */
export async function recover(ageFile: string, identity: Secret): Promise<{ deployment: string; kek: Kek }> {
  try {
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity.expose().trim())
    const { format, deployment, id, key } = JSON.parse(await decrypter.decrypt(armor.decode(ageFile), 'text'))
    if (format !== FORMAT) throw new TypeError()
    return { deployment, kek: makeKek(id, Buffer.from(key, 'base64url')) }
  } catch {
    throw new BrokerError('invalid_request', { detail: 'This identity does not open this recovery file.' })
  }
}
