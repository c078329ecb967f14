import { resolve } from 'node:path'
import { type Cli, EXIT } from '../cli.ts'
import { type Client, connect } from '../client.ts'
import { readSecretFromStdin } from '../local/read-secret.ts'
import { answer } from '../render/answer.ts'
import { table } from '../render/table.ts'

interface KeyStatus {
  readonly items: readonly { purpose: string; kid: string; created_at: string; state: string }[]
  readonly kek: { readonly id: string; readonly source: string }
}

export async function status(cli: Cli): Promise<number> {
  const keys = await (await connect(cli)).get<KeyStatus>('/v1/keys')
  answer(
    cli,
    keys,
    (columns) =>
      `${table(
        ['purpose', 'kid', 'created', 'state'],
        keys.items.map((key) => [key.purpose, key.kid, key.created_at, key.state]),
        columns,
      )}secrets are sealed under key ${keys.kek.id} (${keys.kek.source})\n`,
  )
  return EXIT.ok
}

export async function rotate(cli: Cli, options: { keyfile?: string; issuer?: string }): Promise<number> {
  const client = await connect(cli)
  if (options.keyfile !== undefined)
    return await rotateKeyfile(cli, client, resolve(cli.cwd, options.keyfile))
  if (options.issuer !== undefined) return await rotateIssuer(cli, client, options.issuer)
  const made = await client.post<{ kid: string }>('/v1/keys/rotate', { purpose: 'access-token' })
  answer(
    cli,
    made,
    () =>
      `${made.kid} is published now, and signs access tokens in ten minutes; what older keys signed runs out by itself.\n`,
  )
  return EXIT.ok
}

async function rotateIssuer(cli: Cli, client: Client, environment: string): Promise<number> {
  const order = { purpose: 'assertion', environment }
  const made = await client.post<{ kid: string }>('/v1/keys/rotate', order)
  answer(
    cli,
    made,
    () =>
      `${made.kid} is published now, and signs for ${environment} in six hours: vendors keep what they read for a while.\n`,
  )
  return EXIT.ok
}

async function rotateKeyfile(cli: Cli, client: Client, keyfile: string): Promise<number> {
  const { kek } = await client.get<KeyStatus>('/v1/keys')
  const { rotateKeyEncryptionKey } = await import('@credbroker/broker/main')
  const key_id = rotateKeyEncryptionKey(keyfile, kek.id)
  answer(
    cli,
    { kid: key_id, keyfile },
    () =>
      `${keyfile} holds the new key ${key_id}, and the old one beside it.\nRestart the broker: it wraps every stored secret under the new key.\n`,
  )
  return EXIT.ok
}

/** Works without a broker: this is for the day when its key is lost. */
export async function recover(
  cli: Cli,
  _options: object,
  recoveryFile: string,
  keyfile: string,
): Promise<number> {
  const identity = await readSecretFromStdin(cli, 'age identity')
  const { recoverKeyfile } = await import('@credbroker/broker/main')
  const target = resolve(cli.cwd, keyfile)
  const { deployment, keyId } = await recoverKeyfile(resolve(cli.cwd, recoveryFile), identity, target)
  answer(
    cli,
    { deployment, key_id: keyId, keyfile: target },
    () => `${target} holds key ${keyId} of ${deployment}. Start the broker with BROKER_KEYFILE=${target}.\n`,
  )
  return EXIT.ok
}
