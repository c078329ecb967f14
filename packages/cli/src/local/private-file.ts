import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LocalError } from '../usage-error.ts'

/**
 * Reads a file that only its user may read; undefined when there is none. Looks at the opened file, not at the
 * name, so that what was checked is what is read.
 *
 * @throws LocalError when it is a link, somebody else's, or open to group or others
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  const link = await lstat(path).catch(() => undefined)
  if (link === undefined) return undefined
  if (!link.isFile()) throw new LocalError(`${path} is not a plain file.`)
  const file = await open(path, 'r')
  try {
    const stat = await file.stat()
    if (stat.mode & 0o077)
      throw new LocalError(`${path} can be read by other users.`, {
        advice: `Other users may have copied the key: run \`broker logout\` and enrol again, or, if you are sure, chmod 600 '${path}'.`,
      })
    if (process.getuid && stat.uid !== process.getuid())
      throw new LocalError(`${path} belongs to another user.`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Writes a file of mode 0600 in a directory of mode 0700, whole or not at all. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  const unfinished = join(directory, `.tmp-${randomBytes(6).toString('hex')}`)
  try {
    const file = await open(unfinished, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
