import type { FillRandom } from '@credbroker/core/ids'
import { awsKms } from './aws-kms.ts'
import type { KeySource } from './key-source.ts'
import { keyfileSource, readKeyfile } from './keyfile.ts'
import { kmsSource } from './kms.ts'
import { passphraseSource, readPassphrase } from './passphrase.ts'
import { refusal } from './private-file.ts'

export interface KeySettings {
  readonly keyfile?: string | undefined
  readonly passphraseFile?: string | undefined
  readonly kmsKeyArn?: string | undefined
  /** The database's files and whatever is backed up with them: no key may lie in these. */
  readonly dataDirectories: readonly string[]
}

/**
 * The one key source the settings name. There is no mode without a key.
 * @throws BrokerError `config_invalid`: none, more than one, or unfit.
 */
export function loadKeySource(settings: KeySettings, random: FillRandom): KeySource {
  const { keyfile, passphraseFile, kmsKeyArn, dataDirectories } = settings
  if ([keyfile, passphraseFile, kmsKeyArn].filter(Boolean).length > 1)
    throw refusal(
      'BROKER_KEYFILE',
      'set only one of BROKER_KEYFILE, BROKER_KEY_PASSPHRASE_FILE, BROKER_KMS_KEY_ARN',
    )
  if (kmsKeyArn) {
    const setting = 'BROKER_KMS_KEY_ARN'
    return kmsSource(setting, awsKms(setting, kmsKeyArn), random)
  }
  if (keyfile) {
    const setting = 'BROKER_KEYFILE'
    return keyfileSource(setting, readKeyfile(setting, keyfile, dataDirectories))
  }
  if (passphraseFile) {
    const setting = 'BROKER_KEY_PASSPHRASE_FILE'
    return passphraseSource(setting, readPassphrase(setting, passphraseFile, dataDirectories), random)
  }
  throw refusal('BROKER_KEYFILE', 'no key source is set')
}
