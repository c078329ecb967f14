import type { FillRandom } from '@credbroker/core/ids'
import type { KeySource } from './keyring/key-source.ts'
import { loadKeySource } from './keyring/load-key-source.ts'
import type { Settings } from './settings.ts'

/** The one key source that the settings name. @throws BrokerError `config_invalid` */
export const keySourceOf = (
  settings: Settings,
  dataDirectories: readonly string[],
  random: FillRandom,
): KeySource =>
  loadKeySource(
    {
      keyfile: settings.BROKER_KEYFILE,
      passphraseFile: settings.BROKER_KEY_PASSPHRASE_FILE,
      kmsKeyArn: settings.BROKER_KMS_KEY_ARN,
      dataDirectories,
    },
    random,
  )
