import type { RootView } from '@credbroker/core/wire/admin'
import { type Cli, EXIT } from '../cli.ts'
import { connect, segment } from '../client.ts'
import { answer } from '../render/answer.ts'
import { rootText } from '../render/root.ts'
import { rotateRoot } from './root-add.ts'

export async function check(cli: Cli, _options: object, name: string): Promise<number> {
  const view = await (await connect(cli)).post<RootView>(`/v1/roots/${segment(name)}/check`)
  answer(cli, view, () => rootText(view))
  return view.findings.some(({ level }) => level !== 'advice') ? EXIT.findings : EXIT.ok
}

export async function rotate(cli: Cli, _options: object, name: string): Promise<number> {
  const view = await rotateRoot(await connect(cli), name)
  answer(cli, view, () => `${view.name} is at version ${view.version}; the old credential is dead.\n`)
  return EXIT.ok
}
