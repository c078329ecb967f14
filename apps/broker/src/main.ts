import { createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import { newId } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import { answersOf } from '@credbroker/policy/answers'
import { compilePolicies } from '@credbroker/policy/compile'
import { createCheckpointFile } from './adapters/audit/checkpoint-file.ts'
import { consoleFiles } from './adapters/console-files.ts'
import { type Fetcher, listenHttp } from './adapters/http-listener.ts'
import { createSingleSignOn } from './adapters/identity/sso.ts'
import { createWebAuthn } from './adapters/identity/webauthn.ts'
import { workloadTokens } from './adapters/identity/workload-tokens.ts'
import { keySourceOf } from './adapters/key-source-of.ts'
import type { KeySource } from './adapters/keyring/key-source.ts'
import { rotateKeyfile } from './adapters/keyring/keyfile.ts'
import { openGateway } from './adapters/load-connectors.ts'
import { loadProviders } from './adapters/load-providers.ts'
import { createLog } from './adapters/log.ts'
import { createMetrics } from './adapters/metrics.ts'
import { openState } from './adapters/open-state.ts'
import { type DatabaseTarget, parseDatabaseUrl } from './adapters/postgres/database-url.ts'
import { startEmbeddedPostgres } from './adapters/postgres/embedded/start.ts'
import { listen } from './adapters/postgres/listen.ts'
import { randomPool } from './adapters/random-pool.ts'
import { readSettings, requireForServe, type Settings, settingsForDev } from './adapters/settings.ts'
import { ssoSettings } from './adapters/sso-settings.ts'
import { assertionKeys } from './adapters/tokens/assertion-keys.ts'
import { proofNonces } from './adapters/tokens/dpop-nonce.ts'
import { accessTokenIssuer } from './adapters/tokens/issue-access-token.ts'
import { SigningKeys } from './adapters/tokens/signing-keys.ts'
import { TokenVerifier } from './adapters/tokens/verify.ts'
import { untilEnded } from './adapters/until-ended.ts'
import { createCheckpointPublisher } from './application/audit/publish-checkpoints.ts'
import { createCheckpointSigner } from './application/audit/sign-checkpoint.ts'
import { startChores } from './application/running/background.ts'
import { bootChecks } from './application/running/boot-checks.ts'
import { brokerChores } from './application/running/chores.ts'
import {
  adminWithoutKey,
  firstAdminWithoutPasskey,
  firstRun,
  inviteFirstAdmin,
} from './application/running/first-run.ts'
import { devJson, devText, serveJson, serveText } from './application/running/greeting.ts'
import { localAdmin, type SaveProfile } from './application/running/local-admin.ts'
import { createUseCases } from './application/use-cases.ts'
import { consoleUrl } from './domain/console-url.ts'
import { createApp } from './http/app.ts'
import type { Log } from './ports/log.ts'

const random = randomPool((bytes) => crypto.getRandomValues(bytes))

interface Parts {
  readonly settings: Settings
  readonly target: DatabaseTarget
  readonly keys: KeySource
  readonly log: Log
  /** `dev`: begins with two environments, and agents may run as its user. `serve` invents nothing. */
  readonly tryingOut: boolean
}

/** A broker that answers requests: what `dev` and `serve` have in common. */
export async function startBroker({ settings, target, keys, log, tryingOut }: Parts) {
  const sso = ssoSettings(settings)
  const state = await openState(target, keys, settings, { log, random })
  const { sql, stores, clock, keyring, record, failpoints } = state
  await using unfinished = new AsyncDisposableStack()
  unfinished.defer(() => sql.end({ timeout: 5 }))

  // The port is known, and with it the issuer, before there is anything to serve.
  let app: Fetcher = { fetch: () => new Response('starting', { status: 503 }) }
  const listener = await listenHttp(
    { fetch: (request, env) => app.fetch(request, env) },
    settings.BROKER_LISTEN,
    settings.PORT,
  )
  unfinished.defer(() => listener.stop())
  const issuer = (settings.BROKER_PUBLIC_URL ?? `http://127.0.0.1:${listener.port}`).replace(/\/$/, '')

  const pages = consoleUrl(issuer)
  const accessKeys = new SigningKeys('access-token', stores.signingKeys, keyring.sealer)
  const auditKeys = new SigningKeys('audit-checkpoint', stores.signingKeys, keyring.sealer)
  const assertions = assertionKeys(stores.signingKeys, keyring.sealer)
  const auditKey = await auditKeys.current(clock.now())
  const checkpointKey = {
    name: `${record.deployment}.credbroker/audit`,
    publicKey: createPublicKey({ key: { ...auditKey.publicJwk }, format: 'jwk' }),
    sign: (data: Buffer) => auditKey.sign(data),
  }
  const nonces = proofNonces(keyring.macs)
  const { providers, shelf } = await loadProviders({
    clock,
    log,
    allowPrivateUpstreams: settings.BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS,
    // Nobody asks a vendor before everything is put together.
    signAssertion: (order) => cases.signAssertion(order),
  })
  const gateway = openGateway({ settings, clock })
  const cases = createUseCases({
    issuer,
    deployment: record.deployment,
    keyring,
    sharesUser: tryingOut && !settings.BROKER_UNSAFE_SAME_USER,
    tokens: accessTokenIssuer(issuer, accessKeys, random),
    verifier: new TokenVerifier({ issuer, nonces, accessKey: (kid, now) => accessKeys.publicKey(kid, now) }),
    webauthn: createWebAuthn(new URL(pages)),
    sso: sso && {
      client: createSingleSignOn({ ...sso, redirectUri: `${pages}/sso/callback` }, log),
      groups: sso.groups,
    },
    workloads: workloadTokens(settings.BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS),
    providers: failpoints?.providers(providers) ?? providers,
    ...gateway,
    assertions,
    compile: (policies) => answersOf(compilePolicies(policies, VOCABULARY)),
    stores,
    clock,
    newId: (kind) => newId(kind, clock.now(), random),
    random,
    log,
  })

  await firstRun({ ...cases.world, ...cases.parts.inviting }, tryingOut)
  const sink = settings.BROKER_CHECKPOINT_FILE
    ? createCheckpointFile(settings.BROKER_CHECKPOINT_FILE)
    : undefined
  const held = await bootChecks({
    cases,
    held: (await sink?.held()) ?? [],
    keys: (await auditKeys.ever()).map((publicKey) => ({ name: checkpointKey.name, publicKey })),
    timeline: state.timeline,
    log,
  })
  const publisher = createCheckpointPublisher(sink ? [sink] : [], {
    onFailure: (name, error) =>
      log.error({ sink: name, err: error }, 'a checkpoint could not be kept outside'),
  })
  const { tree, checkpoints } = stores
  const signer = createCheckpointSigner({
    tree,
    checkpoints,
    key: checkpointKey,
    held,
    manifest: () =>
      cases.parts.config.newest().then(
        ({ snapshot }) => snapshot.manifest?.version,
        () => undefined,
      ),
    publish: (note) => publisher.publish(note),
  })

  const unlisten = await listen(sql, (notice) => {
    cases.gateway.check()
    // Agents end tasks as often as they like; no cache depends on that.
    if (notice === 'ended') return
    accessKeys.forget()
    assertions.forget()
    cases.parts.config.refresh().catch(() => undefined)
  })
  app = createApp({
    cases,
    world: cases.world,
    issuer,
    random,
    nonces,
    console: consoleFiles(),
    jwks: (now) => accessKeys.jwks(now),
    ready: () => stores.expired.ping(),
    metrics: createMetrics(stores.leases, stores.mover),
    checkpoint: {
      name: checkpointKey.name,
      publicKey: checkpointKey.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      sinks: sink ? [sink.name] : [],
    },
    keys: {
      rotate: (told) => accessKeys.rotate(clock.now(), told),
      list: () => accessKeys.list(),
      assertions,
      kek: { id: record.slot.keyId, source: keys.setting },
    },
  })
  const work = brokerChores({ cases, measureClock: () => clock.measure(), signer, publisher, log })
  const chores = startChores(failpoints?.chores(work) ?? work, log)
  unfinished.move()
  return {
    issuer,
    pages,
    cases,
    async stop(): Promise<void> {
      cases.events.stop()
      await cases.gateway.stop(listener.stop())
      await chores.stop()
      await shelf.stop()
      await gateway.stop()
      await unlisten().catch(() => undefined)
      await sql.end({ timeout: 5 })
    },
  }
}

export interface DevOptions {
  readonly port?: number
  readonly stateDir?: string
  readonly json: boolean
  readonly exitWithParent?: boolean
  /** Keeps the admin profile of this machine; answers under which name. */
  readonly saveProfile: SaveProfile
  readonly print: (text: string) => void
}

/**
 * The broker for one machine: embedded PostgreSQL, loopback only. Runs until a signal, or until its
 * parent ends. @throws StartupError, BrokerError `config_invalid`
 */
export async function dev(options: DevOptions): Promise<number> {
  const { settings, stateDir } = settingsForDev(process.env, options, random)
  const log = createLog(settings.BROKER_LOG_LEVEL)
  const ended = untilEnded(options.exitWithParent ?? false)
  const url = settings.DATABASE_URL
  const embedded = url
    ? undefined
    : await startEmbeddedPostgres({ stateDir, log, onLost: (error) => ended.now(error) })
  try {
    const target = embedded?.target ?? parseDatabaseUrl(new Secret(url ?? ''))
    const broker = await startBroker({
      settings,
      target,
      keys: keySourceOf(settings, [join(stateDir, 'pg')], random),
      log,
      tryingOut: true,
    })
    try {
      const profile = await localAdmin(broker.cases, broker.issuer, options.saveProfile)
      const started = { url: broker.issuer, console: broker.pages }
      if (options.json) options.print(devJson(started, stateDir))
      else {
        // Whoever has a passkey needs no code, and one on a screen would add another.
        const admin = await firstAdminWithoutPasskey(broker.cases)
        const code = admin && (await inviteFirstAdmin(broker.cases.parts.inviting, admin)).token
        options.print(devText(started, stateDir, code, profile))
      }
      return await ended.promise
    } finally {
      await broker.stop()
    }
  } finally {
    await embedded?.stop()
  }
}

export interface ServeOptions {
  readonly configFile?: string
  readonly json: boolean
  readonly print: (text: string) => void
}

/** The server, configured by environment and config file. @throws StartupError, BrokerError `config_invalid` naming everything missing */
export async function serve({ configFile, json, print }: ServeOptions): Promise<number> {
  const settings = readSettings(process.env, configFile)
  requireForServe(settings)
  const log = createLog(settings.BROKER_LOG_LEVEL)
  const ended = untilEnded(false)
  const target = parseDatabaseUrl(new Secret(settings.DATABASE_URL ?? ''))
  const forbidden = settings.BROKER_STATE_DIR ? [settings.BROKER_STATE_DIR] : []
  const broker = await startBroker({
    settings,
    target,
    keys: keySourceOf(settings, forbidden, random),
    log,
    tryingOut: false,
  })
  try {
    const admin = await adminWithoutKey(broker.cases)
    const token =
      admin === undefined ? undefined : (await inviteFirstAdmin(broker.cases.parts.inviting, admin)).token
    const started = { url: broker.issuer, console: broker.pages }
    print(json ? serveJson(started, token) : serveText(started, token))
    return await ended.promise
  } finally {
    await broker.stop()
  }
}

/**
 * Puts a fresh key-encryption key into the keyfile of a deployment and keeps the one in use beside it; the broker wraps
 * everything anew when it starts next. `inUse`: the key id that the broker says it uses.
 * @throws BrokerError `conflict` while an earlier rotation is not finished, `config_invalid`
 */
export const rotateKeyEncryptionKey = (keyfile: string, inUse: string): string =>
  rotateKeyfile(keyfile, inUse, random).current.id

export { recoverKeyfile } from './adapters/keyring/recovery-file.ts'
