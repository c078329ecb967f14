import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import { keySourceOf } from './key-source-of.ts'
import type { KeySource } from './keyring/key-source.ts'
import { createLog } from './log.ts'
import { type DatabaseTarget, parseDatabaseUrl } from './postgres/database-url.ts'
import { startEmbeddedPostgres } from './postgres/embedded/start.ts'
import { defaultStateDir, readSettings, type Settings, settingsForDev } from './settings.ts'

/** Which broker's database a command works on without asking that broker. */
export interface Place {
  /** As for `serve`. */
  readonly configFile?: string
  /** As for `dev`. */
  readonly stateDir?: string
}

export interface OfflineDatabase {
  readonly target: DatabaseTarget
  readonly settings: Settings
  /** Read only by what needs it. @throws BrokerError `config_invalid` */
  keys(): KeySource
}

/**
 * Runs `work` on the database that the settings name. The embedded one is started for it, and takes no broker beside
 * itself; a new one is made only where the key that it will need lies there already.
 * @throws StartupError, BrokerError `config_invalid`
 */
export async function besideBroker<T>(
  place: Place,
  wanted: 'existing' | 'new',
  random: FillRandom,
  work: (database: OfflineDatabase) => Promise<T>,
): Promise<T> {
  const read = readSettings(process.env, place.configFile)
  if (read.DATABASE_URL) {
    const target = parseDatabaseUrl(new Secret(read.DATABASE_URL))
    const forbidden = read.BROKER_STATE_DIR ? [read.BROKER_STATE_DIR] : []
    return await work({ target, settings: read, keys: () => keySourceOf(read, forbidden, random) })
  }
  const where = place.stateDir ?? read.BROKER_STATE_DIR ?? defaultStateDir(process.env)
  if (wanted === 'existing' && !existsSync(join(where, 'pg')))
    throw invalid('DATABASE_URL', `is not set, and no broker keeps its state in ${where}`)
  if (!hasKey(read) && !existsSync(join(where, 'keyfile')))
    throw invalid(
      'BROKER_KEYFILE',
      `is not set, and the keyfile of the broker is not in ${where}: put it there`,
    )
  const { settings, stateDir } = settingsForDev(process.env, { stateDir: where }, random)
  const log = createLog(settings.BROKER_LOG_LEVEL)
  const embedded = await startEmbeddedPostgres({ stateDir, log, onLost: () => {} })
  try {
    const keys = () => keySourceOf(settings, [join(stateDir, 'pg')], random)
    return await work({ target: embedded.target, settings, keys })
  } finally {
    await embedded.stop()
  }
}

const hasKey = (settings: Settings): boolean =>
  Boolean(settings.BROKER_KEYFILE ?? settings.BROKER_KEY_PASSPHRASE_FILE ?? settings.BROKER_KMS_KEY_ARN)

const invalid = (at: string, message: string) =>
  new BrokerError('config_invalid', { problems: [{ at, message }] })
