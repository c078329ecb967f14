import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { createCheckpointFile } from './adapters/audit/checkpoint-file.ts'
import { loadKeySource } from './adapters/keyring/load-key-source.ts'
import { createLog } from './adapters/log.ts'
import { openExisting } from './adapters/open-existing.ts'
import { type DatabaseTarget, parseDatabaseUrl } from './adapters/postgres/database-url.ts'
import { startEmbeddedPostgres } from './adapters/postgres/embedded/start.ts'
import {
  defaultStateDir,
  readSettings,
  requireForServe,
  type Settings,
  settingsForDev,
} from './adapters/settings.ts'
import { SigningKeys } from './adapters/tokens/signing-keys.ts'
import { createRecorder } from './application/audit/recorder.ts'
import { type CompileDecider, LiveConfig } from './application/config/live-config.ts'
import { sealedWrites } from './application/config/sealed-writes.ts'
import type { Invitation } from './application/identity/invite.ts'
import { letBackIn } from './application/people/let-back-in.ts'
import { expectVouched } from './application/running/boot-checks.ts'
import { consoleUrl } from './domain/console-url.ts'

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)

export interface OfflineOptions {
  readonly user: string
  /** As for `serve`. */
  readonly configFile?: string
  /** As for `dev`. */
  readonly stateDir?: string
}

export interface OfflineInvitation extends Invitation {
  readonly link: string
}

/**
 * Lets an administrator or approver back in, on the broker's machine: by its database and its key, whether it runs or not. Of
 * a broker with an embedded database only while it does not. @throws StartupError, BrokerError as `letBackIn`, `config_invalid`
 */
export async function inviteOffline(options: OfflineOptions): Promise<OfflineInvitation> {
  const read = readSettings(process.env, options.configFile)
  if (read.DATABASE_URL) {
    requireForServe(read)
    const dataDirectories = read.BROKER_STATE_DIR ? [read.BROKER_STATE_DIR] : []
    return await inviteIn(
      parseDatabaseUrl(new Secret(read.DATABASE_URL)),
      read,
      dataDirectories,
      options.user,
    )
  }
  const where = options.stateDir ?? read.BROKER_STATE_DIR ?? defaultStateDir(process.env)
  if (!existsSync(join(where, 'pg')))
    throw new BrokerError('config_invalid', {
      problems: [{ at: 'DATABASE_URL', message: `is not set, and no broker keeps its state in ${where}` }],
    })
  const { settings, stateDir } = settingsForDev(process.env, { stateDir: where }, random)
  const log = createLog(settings.BROKER_LOG_LEVEL)
  const embedded = await startEmbeddedPostgres({ stateDir, log, onLost: () => {} })
  try {
    return await inviteIn(embedded.target, settings, [join(stateDir, 'pg')], options.user)
  } finally {
    await embedded.stop()
  }
}

async function inviteIn(
  target: DatabaseTarget,
  settings: Settings,
  dataDirectories: readonly string[],
  user: string,
): Promise<OfflineInvitation> {
  const source = {
    keyfile: settings.BROKER_KEYFILE,
    passphraseFile: settings.BROKER_KEY_PASSPHRASE_FILE,
    kmsKeyArn: settings.BROKER_KMS_KEY_ARN,
    dataDirectories,
  }
  const { stores, keyring, clock, record, close } = await openExisting(
    target,
    loadKeySource(source, random),
    random,
  )
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

/** Nothing is decided here. */
const undecided: CompileDecider = () => ({
  version: '',
  decide: () => {
    throw new BrokerError('internal')
  },
})
