import { chown, mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OsUser } from './passwd.ts'
import type { StatePaths } from './state-directory.ts'

export const PORT = 5432

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the closing NUL included. */
const longest = 103

const fits = (directory: string) => Buffer.byteLength(join(directory, `.s.PGSQL.${PORT}`)) <= longest

/** Where the server listens: in the state directory, or where its path is too long for a socket, in a private one. */
export async function chooseSocketDirectory(paths: StatePaths, user: OsUser | undefined): Promise<string> {
  if (fits(paths.run)) return paths.run
  const base = fits(join(tmpdir(), 'credbroker-XXXXXX')) ? tmpdir() : '/tmp'
  const directory = await mkdtemp(join(base, 'credbroker-'))
  if (user) await chown(directory, user.uid, user.gid)
  return directory
}

/** Once the server has ended: removes what {@link chooseSocketDirectory} made outside the state directory. */
export async function removeSocketDirectory(directory: string, paths: StatePaths): Promise<void> {
  // Only if empty: the name was read from a file of the server's.
  if (directory !== paths.run) await rmdir(directory).catch(() => undefined)
}
