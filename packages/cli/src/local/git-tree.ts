import { lstat, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/**
 * The top of the git work tree that a path lies in, symbolic links followed; undefined outside of any.
 * The path need not exist: then its nearest existing directory counts.
 */
export async function gitTreeOf(path: string): Promise<string | undefined> {
  for (let directory = await existing(resolve(path)); ; directory = dirname(directory)) {
    if (await exists(join(directory, '.git'))) return directory
    if (directory === dirname(directory)) return undefined
  }
}

async function existing(path: string): Promise<string> {
  for (let candidate = path; ; candidate = dirname(candidate)) {
    const real = await realpath(candidate).catch(() => undefined)
    if (real !== undefined || candidate === dirname(candidate)) return real ?? candidate
  }
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
