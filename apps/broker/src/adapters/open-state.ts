import { auditRecord, newEvent } from '@credbroker/core/audit/event'
import type { FillRandom } from '@credbroker/core/ids'
import type { Log } from '../ports/log.ts'
import { createFailpoints } from './failpoints.ts'
import type { KeySource } from './keyring/key-source.ts'
import { keepRecoveryFile } from './keyring/recovery-file.ts'
import { checkServer, type ServerFacts } from './postgres/check-server.ts'
import { connect } from './postgres/connect.ts'
import { DatabaseClock } from './postgres/database-clock.ts'
import type { DatabaseTarget } from './postgres/database-url.ts'
import { migrate } from './postgres/migrate.ts'
import { migrationsDirectory } from './postgres/migrations-directory.ts'
import { rewrapAll } from './postgres/rewrap.ts'
import { createStores } from './postgres/stores.ts'
import type { Settings } from './settings.ts'
import { unlock } from './unlock.ts'

/**
 * The database, brought up to date and unlocked; finishes a rotation of the key-encryption key and keeps the recovery
 * file. @throws StartupError, BrokerError `config_invalid`
 */
export async function openState(
  target: DatabaseTarget,
  keys: KeySource,
  settings: Settings,
  { log, random }: { log: Log; random: FillRandom },
) {
  const server = await broughtUpToDate(target)
  const sql = connect(target, { max: 12 })
  // A start that is refused ends now, not when its connections have been idle for long enough.
  await using unfinished = new AsyncDisposableStack()
  unfinished.defer(() => sql.end({ timeout: 5 }))
  const { BROKER_TEST_FAILPOINT: failpoint } = settings
  const failpoints = failpoint ? createFailpoints(failpoint) : undefined
  const stores = failpoints?.stores(createStores(sql)) ?? createStores(sql)
  const clock = new DatabaseClock(sql)
  await clock.measure()
  const opened = await unlock(stores.deployment, keys, server.timeline, random)
  const { timeline, rotation } = opened
  if (rotation) {
    const { keyId } = rotation.record.slot
    const count = await rewrapAll(sql, rotation.record, rotation.keyring.rewrapper, (rewrapped) =>
      keyRotated({ keyId, count: rewrapped }, clock.now(), random),
    )
    log.info({ count, keyId }, 'wrapped every data key under the new key')
  }
  const { keyring, record } = rotation ?? opened
  const { BROKER_RECOVERY_RECIPIENT: recipient, BROKER_RECOVERY_FILE: file } = settings
  if (recipient && file && (await keepRecoveryFile(file, recipient, record, keys)))
    log.info({ file }, 'encrypted the key to the recovery recipient')
  unfinished.move()
  return {
    sql,
    stores,
    clock,
    keyring,
    record,
    failpoints,
    timeline: { stored: timeline, found: server.timeline },
  }
}

async function broughtUpToDate(target: DatabaseTarget): Promise<ServerFacts> {
  const sql = connect(target, { max: 1, statementTimeoutSeconds: 0, applicationName: 'credbroker-migrate' })
  try {
    const facts = await checkServer(sql)
    await migrate(sql, migrationsDirectory())
    return facts
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Whoever put the new key there did so outside the broker. */
const keyRotated = (facts: { keyId: string; count: number }, now: Date, random: FillRandom) =>
  auditRecord(
    newEvent(
      {
        type: 'key.rotated',
        phase: 'event',
        result: 'ok',
        actor: { kind: 'system', id: 'broker' },
        facts: { kind: 'key-encryption', ...facts },
      },
      now,
      random,
    ),
  )
