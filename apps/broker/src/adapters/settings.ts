import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { z } from 'zod'
import { generateKek } from './keyring/kek.ts'
import { createKeyfile } from './keyring/keyfile.ts'
import { ssoProblems } from './sso-settings.ts'
import { webhookProblems } from './webhook-settings.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const flag = z.enum(['0', '1']).transform((text) => text === '1')
const path = z.string().min(1).startsWith('/', 'an absolute path')

/** Every setting, by the name it has in the environment and in the config file alike. */
const schema = z.object({
  BROKER_STATE_DIR: path.optional(),
  PORT: port.default(4747),
  BROKER_LISTEN: z.string().default('127.0.0.1'),
  DATABASE_URL: z.string().min(1).optional(),
  BROKER_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  BROKER_KEYFILE: path.optional(),
  BROKER_KEY_PASSPHRASE_FILE: path.optional(),
  BROKER_KMS_KEY_ARN: z.string().optional(),
  BROKER_CHECKPOINT_FILE: path.optional(),
  BROKER_RECOVERY_RECIPIENT: z.string().startsWith('age1').optional(),
  BROKER_RECOVERY_FILE: path.optional(),
  BROKER_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  BROKER_UPSTREAM_CA_FILE: path.optional(),
  BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS: flag.default(false),
  BROKER_UNSAFE_SAME_USER: flag.default(false),
  BROKER_TEST_FAILPOINT: path.optional(),
  BROKER_SSO_ISSUER: z.string().max(500).optional(),
  BROKER_SSO_CLIENT_ID: z.string().max(500).optional(),
  BROKER_SSO_CLIENT_SECRET_FILE: path.optional(),
  BROKER_SSO_GROUPS: z.string().max(8192).optional(),
  BROKER_SSO_GROUPS_CLAIM: z.string().max(100).default('groups'),
  BROKER_SSO_SCOPES: z.string().max(500).default('openid profile'),
  BROKER_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  BROKER_WEBHOOK_SECRET_FILE: path.optional(),
})

export type Settings = z.infer<typeof schema>

const NAMES = Object.keys(schema.shape)

/**
 * Environment over config file (JSON with the same names). Everything that is wrong is reported at once.
 * @throws BrokerError `config_invalid`; it names settings, never their values
 */
export function readSettings(env: NodeJS.ProcessEnv, configFile?: string): Settings {
  const problems: Problem[] = []
  const file = configFile === undefined ? {} : readConfigFile(configFile, problems)
  for (const name of Object.keys(file)) {
    if (!NAMES.includes(name)) problems.push({ at: name, message: `unknown setting in ${configFile}` })
  }
  // An empty variable is an unset one, as shells and compose files write it.
  const given = Object.fromEntries(
    NAMES.map((name) => [name, env[name] || (file as Record<string, unknown>)[name]]).filter(
      ([, value]) => value !== undefined,
    ),
  )
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    problems.push(
      ...parsed.error.issues.map((issue) => ({ at: issue.path.join('.'), message: issue.message })),
    )
  }
  if (parsed.success) problems.push(...ssoProblems(parsed.data, isLoopback), ...webhookProblems(parsed.data))
  if (problems.length > 0 || !parsed.success) throw new BrokerError('config_invalid', { problems })
  return parsed.data
}

function readConfigFile(file: string, problems: Problem[]): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Said below; the parser's message may quote a value.
  }
  problems.push({ at: file, message: 'is not a readable JSON object of settings' })
  return {}
}

/** What `serve` cannot invent. @throws BrokerError `config_invalid` naming everything that is missing */
export function requireForServe(settings: Settings): void {
  const problems: Problem[] = []
  const need = (there: unknown, at: string, message: string) => there || problems.push({ at, message })
  need(settings.DATABASE_URL, 'DATABASE_URL', 'is not set: the PostgreSQL (15 or later) that holds the state')
  need(
    settings.BROKER_PUBLIC_URL,
    'BROKER_PUBLIC_URL',
    'is not set: the URL under which agents reach this broker',
  )
  need(
    settings.BROKER_KEYFILE ?? settings.BROKER_KEY_PASSPHRASE_FILE ?? settings.BROKER_KMS_KEY_ARN,
    'BROKER_KEYFILE',
    'no key source is set: one of BROKER_KEYFILE, BROKER_KEY_PASSPHRASE_FILE, BROKER_KMS_KEY_ARN',
  )
  need(
    !settings.BROKER_RECOVERY_RECIPIENT || settings.BROKER_RECOVERY_FILE,
    'BROKER_RECOVERY_FILE',
    'is not set: where to keep the key, encrypted to BROKER_RECOVERY_RECIPIENT',
  )
  need(
    !settings.BROKER_TEST_FAILPOINT,
    'BROKER_TEST_FAILPOINT',
    'is for tests of `dev` only: it kills the broker',
  )
  const url = settings.BROKER_PUBLIC_URL
  need(
    !url || url.startsWith('https:') || isLoopback(new URL(url).hostname),
    'BROKER_PUBLIC_URL',
    'must be https, except on loopback',
  )
  need(
    isLoopback(settings.BROKER_LISTEN) || url?.startsWith('https:'),
    'BROKER_LISTEN',
    'is not loopback, and the broker itself speaks plain HTTP, so tokens and credentials would cross the network in the clear: end TLS in a proxy in front, and set BROKER_PUBLIC_URL to its https:// address (or leave BROKER_LISTEN at 127.0.0.1)',
  )
  if (problems.length > 0) throw new BrokerError('config_invalid', { problems })
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d+){3}$/.test(host)

/** Where `dev` keeps its state. */
export const defaultStateDir = (env: NodeJS.ProcessEnv): string =>
  process.getuid?.() === 0
    ? '/var/lib/credbroker'
    : join(env['XDG_DATA_HOME'] || join(env['HOME'] || homedir(), '.local', 'share'), 'credbroker')

/**
 * Settings of `dev`: what is not set gets a place in the state directory. Makes the keyfile of a new one.
 * @throws BrokerError `config_invalid`
 */
export function settingsForDev(
  env: NodeJS.ProcessEnv,
  options: { readonly port?: number; readonly stateDir?: string },
  random: FillRandom,
): { settings: Settings; stateDir: string } {
  const read = readSettings(env)
  const stateDir = options.stateDir ?? read.BROKER_STATE_DIR ?? defaultStateDir(env)
  const keyfile = join(stateDir, 'keyfile')
  const ownKey = !(read.BROKER_KEYFILE ?? read.BROKER_KEY_PASSPHRASE_FILE ?? read.BROKER_KMS_KEY_ARN)
  if (ownKey && !existsSync(keyfile)) {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 })
    createKeyfile(keyfile, { current: generateKek(random) })
  }
  const settings = {
    ...read,
    PORT: options.port ?? read.PORT,
    BROKER_LISTEN: '127.0.0.1',
    // A person reads the terminal: only what needs them is logged there, unless they ask for more.
    BROKER_LOG_LEVEL: env['BROKER_LOG_LEVEL'] ? read.BROKER_LOG_LEVEL : ('warn' as const),
    ...(ownKey && { BROKER_KEYFILE: keyfile }),
    BROKER_CHECKPOINT_FILE: read.BROKER_CHECKPOINT_FILE ?? join(stateDir, 'checkpoints'),
    BROKER_RECOVERY_FILE: read.BROKER_RECOVERY_FILE ?? join(stateDir, 'recovery.age'),
    // Databases and test doubles of a developer live on this machine.
    BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS: env['BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS'] !== '0',
  }
  return { settings, stateDir }
}
