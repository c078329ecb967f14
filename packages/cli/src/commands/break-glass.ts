import type { BreakGlassList, BreakGlassView } from '@credbroker/core/wire/break-glass'
import { type Cli, EXIT } from '../cli.ts'
import { connect, segment } from '../client.ts'
import { answer } from '../render/answer.ts'
import { breakGlassTable } from '../render/break-glass.ts'

export async function list(cli: Cli): Promise<number> {
  const broken = await (await connect(cli)).get<BreakGlassList>('/v1/break-glass')
  answer(
    cli,
    broken,
    (columns) =>
      `${broken.items.length === 0 ? 'Nothing is broken.\n' : breakGlassTable(broken.items, columns)}It takes an admin with a passkey, in a browser: ${broken.console_url}\n`,
  )
  return EXIT.ok
}

export async function end(cli: Cli, _options: object, id: string): Promise<number> {
  const ended = await (await connect(cli)).remove<BreakGlassView>(`/v1/break-glass/${segment(id)}`)
  answer(cli, ended, () => `${id} has ended, and with it what only it permitted.\n`)
  return EXIT.ok
}
