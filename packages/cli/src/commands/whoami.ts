import type { whoami } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { connect } from '../client.ts'
import { answer } from '../render/answer.ts'
import { breakGlassTable } from '../render/break-glass.ts'
import { describe } from '../render/describe.ts'

export async function run(cli: Cli): Promise<number> {
  const client = await connect(cli)
  const view = await client.get<z.infer<typeof whoami>>('/v1/whoami')
  const { break_glass: broken, ...own } = view
  answer(
    cli,
    view,
    (columns) =>
      `${describe({ ...own, url: client.profile.url })}${broken ? `\n${breakGlassTable(broken, columns)}` : ''}`,
  )
  return EXIT.ok
}
