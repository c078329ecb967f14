import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Cli } from '../cli.ts'

/** Whether a tool that starts `broker` by its name finds one. */
export async function onPath({ env }: Pick<Cli, 'env'>): Promise<boolean> {
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    if (directory === '') continue
    const found = await access(join(directory, 'broker'), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}

export const NOT_ON_PATH = `No \`broker\` is on the PATH. The tools start it by that name, and their hooks block everything while it is missing:
  ln -s /where/it/lies/broker ~/.local/bin/broker
`
