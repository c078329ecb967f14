import type { RootView } from '@credbroker/core/wire/admin'
import { type Cli, EXIT } from '../cli.ts'
import { connect, segment } from '../client.ts'
import { answer } from '../render/answer.ts'
import { waitingText } from '../render/approval.ts'
import { rootText } from '../render/root.ts'
import { tellOfFormer } from './former-credential.ts'
import { readCredential, warnWhileThere } from './root-add.ts'

interface Options {
  readonly secretFile?: string
  readonly wait?: boolean
}

export async function run(cli: Cli, options: Options, name: string): Promise<number> {
  const connected = await connect(cli)
  const client = options.wait ? connected.waiting((asked) => cli.err(waitingText(asked))) : connected
  const path = `/v1/roots/${segment(name)}/credential`
  const view = await client.put<RootView>(path, { secret: await readCredential(cli, options, name) })
  answer(cli, view, () => rootText(view))
  tellOfFormer(cli, view)
  if (options.secretFile !== undefined) await warnWhileThere(cli, options.secretFile)
  return EXIT.ok
}
