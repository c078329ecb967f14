import type { GrantView } from '@credbroker/core/wire/tasks'
import { type Cli, EXIT } from '../cli.ts'
import { connect, idSegment, listAll } from '../client.ts'
import { answer } from '../render/answer.ts'
import { grantTable } from '../render/grants.ts'

export async function list(cli: Cli, options: { state?: string; task?: string }): Promise<number> {
  const query = { state: options.state, task: options.task }
  const items = await listAll<GrantView>(await connect(cli), '/v1/grants', query)
  answer(cli, { items }, (columns) => grantTable(items, columns))
  return EXIT.ok
}

export async function revoke(cli: Cli, _options: object, id: string): Promise<number> {
  const ended = await (await connect(cli)).remove<GrantView>(`/v1/grants/${idSegment('grant', id)}`)
  answer(
    cli,
    ended,
    () => `${id} has ended; what was minted under it is being revoked (broker lease list).\n`,
  )
  return EXIT.ok
}
