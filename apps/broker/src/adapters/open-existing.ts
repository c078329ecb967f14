import type { FillRandom } from '@credbroker/core/ids'
import type { KeySource } from './keyring/key-source.ts'
import { openKeyring } from './keyring/keyring.ts'
import { checkServer } from './postgres/check-server.ts'
import { connect } from './postgres/connect.ts'
import { DatabaseClock } from './postgres/database-clock.ts'
import type { DatabaseTarget } from './postgres/database-url.ts'
import { StartupError } from './postgres/startup-error.ts'
import { createStores } from './postgres/stores.ts'

/**
 * The database of a broker, unlocked by its key, while the broker runs or not. Unlike a broker that starts this founds, migrates
 * and wraps nothing. @throws StartupError, BrokerError `config_invalid`
 */
export async function openExisting(target: DatabaseTarget, keys: KeySource, random: FillRandom) {
  const sql = connect(target, { max: 1, applicationName: 'credbroker-offline' })
  const close = () => sql.end({ timeout: 5 })
  try {
    await checkServer(sql)
    const [table] = await sql<{ there: boolean }[]>`SELECT to_regclass('deployment') IS NOT NULL AS there`
    const stores = createStores(sql)
    const found = table?.there ? await stores.deployment.read() : undefined
    if (!found)
      throw new StartupError(
        'wrong_database',
        'No broker has used this database yet.',
        'Point DATABASE_URL at the one of your broker.',
      )
    const keyring = await openKeyring(found.record, keys, random)
    const clock = new DatabaseClock(sql)
    await clock.measure()
    return { stores, clock, keyring, record: found.record, close }
  } catch (error) {
    await close()
    throw error
  }
}
