import { closeSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { BrokerError } from '@credbroker/core/errors'

const MAX_BYTES = 4096

/**
 * Reads a small file that only this operating-system user may read. The checks are on the opened file, so it cannot
 * be exchanged between check and read. `forbidden`: directories whose backups must not carry the key along.
 * @throws BrokerError `config_invalid` at `setting`.
 */
export function readPrivateFile(setting: string, path: string, forbidden: readonly string[]): Buffer {
  const refuse = (message: string) => refusal(setting, message)
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw refuse(missing ? 'no such file' : 'cannot be read by this user')
  }
  try {
    const { mode, uid, size } = fstatSync(file)
    if ((mode & 0o170000) !== 0o100000) throw refuse('is not a regular file')
    if (uid !== process.getuid?.()) throw refuse('belongs to another user')
    if ((mode & 0o077) !== 0) throw refuse('can be read or written by group or others: chmod 0400')
    if (size > MAX_BYTES) throw refuse('is too large')
    if (liesIn(path, forbidden)) throw refuse('lies beside the data it protects: move it elsewhere')
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** One fault of a setting. Never with a value in it; `cause` is for the log. */
export const refusal = (setting: string, message: string, cause?: unknown): BrokerError =>
  new BrokerError('config_invalid', {
    detail: `${setting}: ${message}.`,
    problems: [{ at: setting, message }],
    cause,
  })

function liesIn(path: string, directories: readonly string[]): boolean {
  const real = realpathSync(path)
  return directories.some((directory) => {
    try {
      return real.startsWith(realpathSync(directory) + sep)
    } catch {
      return false // It does not exist, so nothing lies in it.
    }
  })
}
