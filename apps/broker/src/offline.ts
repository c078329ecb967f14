import type { Readable, Writable } from 'node:stream'
import { BrokerError } from '@credbroker/core/errors'
import { createCheckpointFile } from './adapters/audit/checkpoint-file.ts'
import { besideBroker, type OfflineDatabase, type Place } from './adapters/beside-broker.ts'
import { openKeyring } from './adapters/keyring/keyring.ts'
import { createLog } from './adapters/log.ts'
import { openExisting } from './adapters/open-existing.ts'
import type { BackupSummary } from './adapters/postgres/backup/format.ts'
import { restoreBackup } from './adapters/postgres/backup/restore-backup.ts'
import { writeBackup } from './adapters/postgres/backup/write-backup.ts'
import { checkServer } from './adapters/postgres/check-server.ts'
import { connect } from './adapters/postgres/connect.ts'
import type { DatabaseTarget } from './adapters/postgres/database-url.ts'
import { migrationsDirectory } from './adapters/postgres/migrations-directory.ts'
import { requireForServe } from './adapters/settings.ts'
import { SigningKeys } from './adapters/tokens/signing-keys.ts'
import { createRecorder } from './application/audit/recorder.ts'
import { type CompileDecider, LiveConfig } from './application/config/live-config.ts'
import { sealedWrites } from './application/config/sealed-writes.ts'
import type { Invitation } from './application/identity/invite.ts'
import { letBackIn } from './application/people/let-back-in.ts'
import { expectVouched } from './application/running/boot-checks.ts'
import { consoleUrl } from './domain/console-url.ts'
import type { KeyRecord } from './ports/keyring.ts'

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)

export interface InviteOptions extends Place {
  readonly user: string
}

export interface OfflineInvitation extends Invitation {
  readonly link: string
}

/**
 * Lets an administrator or approver back in, on the broker's machine: by its database and its key, whether it runs or not. Of
 * a broker with an embedded database only while it does not. @throws StartupError, BrokerError as `letBackIn`, `config_invalid`
 */
export const inviteOffline = ({ user, ...place }: InviteOptions): Promise<OfflineInvitation> =>
  besideBroker(place, 'existing', random, (database) => inviteIn(database, user))

async function inviteIn(
  { target, settings, keys }: OfflineDatabase,
  user: string,
): Promise<OfflineInvitation> {
  if (settings.DATABASE_URL) requireForServe(settings)
  const { stores, keyring, clock, record, close } = await openExisting(target, keys(), random)
  try {
    const { macs, sealer } = keyring
    const config = new LiveConfig(stores.config, macs, undecided, createLog(settings.BROKER_LOG_LEVEL))
    const file = settings.BROKER_CHECKPOINT_FILE
    const held = file ? await createCheckpointFile(file).held() : []
    const publicKeys = await new SigningKeys('audit-checkpoint', stores.signingKeys, sealer).ever()
    const name = `${record.deployment}.credbroker/audit`
    const keys = publicKeys.map((publicKey) => ({ name, publicKey }))
    await expectVouched(config, clock, { held, keys })
    const store = sealedWrites(stores.config, config, macs)
    const { enrolments } = stores
    const deps = { config, store, enrolments, macs, clock, random, record: createRecorder(clock, random) }
    const invitation = await letBackIn(deps, user)
    const url = settings.BROKER_PUBLIC_URL ?? `http://127.0.0.1:${settings.PORT}`
    return { ...invitation, link: `${consoleUrl(url)}/setup#${invitation.token}` }
  } finally {
    await close()
  }
}

/** Writes a backup of the database; needs no key. @throws StartupError */
export const backup = (place: Place, to: Writable): Promise<BackupSummary> =>
  besideBroker(place, 'existing', random, ({ target }) => alone(target, (sql) => writeBackup(sql, to)))

/**
 * Fills a new database from a backup, with the key that the backup was sealed under.
 * @throws StartupError, BrokerError `config_invalid` for a backup or key that does not fit
 */
export const restore = (place: Place, from: Readable): Promise<BackupSummary> =>
  besideBroker(place, 'new', random, async ({ target, keys }) => {
    const source = keys()
    const directory = migrationsDirectory()
    const proveKey = (record: KeyRecord) => openKeyring(record, source, random)
    return await alone(target, (sql) => restoreBackup(sql, from, { directory, proveKey }))
  })

/** With one connection, on which a statement may take as long as it takes. */
async function alone<T>(
  target: DatabaseTarget,
  work: (sql: ReturnType<typeof connect>) => Promise<T>,
): Promise<T> {
  const sql = connect(target, { max: 1, applicationName: 'credbroker-offline', statementTimeoutSeconds: 0 })
  try {
    await checkServer(sql)
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Nothing is decided here. */
const undecided: CompileDecider = () => ({
  version: '',
  decide: () => {
    throw new BrokerError('internal')
  },
})
