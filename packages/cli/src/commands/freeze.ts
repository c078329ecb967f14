import type { freezeView } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { connect } from '../client.ts'
import { answer } from '../render/answer.ts'
import { table } from '../render/table.ts'
import { UsageError } from '../usage-error.ts'

interface Options {
  readonly env?: string
  readonly agent?: string
  readonly all?: boolean
  readonly reason?: string
}

export const freeze = (cli: Cli, options: Options): Promise<number> => change(cli, '/v1/freeze', options)
export const unfreeze = (cli: Cli, options: Options): Promise<number> => change(cli, '/v1/unfreeze', options)

async function change(cli: Cli, path: string, options: Options): Promise<number> {
  const targets = [
    ...(options.env === undefined ? [] : [{ environment: options.env }]),
    ...(options.agent === undefined ? [] : [{ agent: options.agent }]),
    ...(options.all ? [{ all: true }] : []),
  ]
  if (targets.length !== 1) throw new UsageError('Say which: one of --env NAME, --agent NAME or --all.')
  const body = { ...targets[0], ...(options.reason !== undefined && { reason: options.reason }) }
  const frozen = await (await connect(cli)).post<{ items: z.infer<typeof freezeView>[] }>(path, body)
  answer(cli, frozen, (columns) =>
    frozen.items.length === 0
      ? 'Nothing is frozen.\n'
      : table(
          ['frozen', 'by', 'since', 'reason'],
          frozen.items.map(({ target, by, at, reason }) => [target, by, at, reason]),
          columns,
        ),
  )
  return EXIT.ok
}
