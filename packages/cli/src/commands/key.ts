import { type Cli, EXIT } from '../cli.ts'
import { connect } from '../client.ts'
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
    () =>
      `${table(
        ['purpose', 'kid', 'created', 'state'],
        keys.items.map((key) => [key.purpose, key.kid, key.created_at, key.state]),
      )}secrets are sealed under key ${keys.kek.id} (${keys.kek.source})\n`,
  )
  return EXIT.ok
}

export async function rotate(cli: Cli): Promise<number> {
  const body = { purpose: 'access-token' }
  const made = await (await connect(cli)).post<{ kid: string }>('/v1/keys/rotate', body)
  answer(cli, made, () => `New access tokens are signed by ${made.kid}; old ones run out within minutes.\n`)
  return EXIT.ok
}
