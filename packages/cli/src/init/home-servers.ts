import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Cli } from '../cli.ts'
import { type ServerEntry, serversIn } from './pasted-keys.ts'
import { listsOfHome } from './server-lists.ts'

/** Servers with keys that tools of this user start here besides, from files of the home. Those are told by names and forms alone: they may be long. */
export async function serversOfHome({
  env,
  cwd,
}: Pick<Cli, 'env' | 'cwd'>): Promise<{ file: string; entry: ServerEntry }[]> {
  const home = env['HOME'] || homedir()
  if (home === cwd) return []
  const found = await Promise.all(
    listsOfHome(cwd).map(async ({ file, at }) => {
      const text = await readFile(join(home, file), 'utf8').catch(() => '')
      return serversIn(text, [], [at]).map((entry) => ({ file: `~/${file}`, entry }))
    }),
  )
  return found.flat().filter(({ entry }) => entry.keys.length > 0)
}
