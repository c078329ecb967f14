import { lstatSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalError } from '../usage-error.ts'

const PREFIX = 'credbroker-exec-'

/** A 0700 directory for one run. Files in it are 0600 and replaced whole, so that a reader never sees half of one. */
export interface PrivateDirectory extends Disposable {
  readonly path: string
  /** Writes or replaces the file of this name; answers its path. */
  write(name: string, text: string): string
}

/**
 * In `XDG_RUNTIME_DIR` (memory, this user's alone) where it is what it should be, otherwise in the temporary directory.
 * It also goes when this process exits in a way that skips disposal; only a kill leaves it, for {@link sweepLeftovers}.
 *
 * @throws LocalError where none can be made
 */
export function privateDirectory(env: Readonly<Record<string, string | undefined>>): PrivateDirectory {
  const path = make(baseDirectory(env))
  const remove = () => rmSync(path, { recursive: true, force: true })
  process.once('exit', remove)
  return {
    path,
    write: (name, text) => {
      const file = join(path, name)
      writeFileSync(`${file}.new`, text, { mode: 0o600, flag: 'wx' })
      renameSync(`${file}.new`, file)
      return file
    },
    [Symbol.dispose]: () => {
      process.off('exit', remove)
      remove()
    },
  }
}

function make(base: string): string {
  try {
    return mkdtempSync(join(base, `${PREFIX}${process.pid}-`))
  } catch (cause) {
    throw new LocalError(`${base} takes no files of this run.`, {
      advice: 'Set TMPDIR to a directory that you may write to.',
      cause,
    })
  }
}

/** Removes what runs left that were killed. The credentials in it are dead: the broker missed their heartbeat. */
export function sweepLeftovers(env: Readonly<Record<string, string | undefined>>): void {
  const base = baseDirectory(env)
  for (const name of readdirSync(base)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const path = join(base, name)
    try {
      if (lstatSync(path).uid === process.getuid?.()) rmSync(path, { recursive: true, force: true })
    } catch {
      // Somebody else's run is sweeping, too.
    }
  }
}

function baseDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const runtime = env['XDG_RUNTIME_DIR']
  return runtime && isOurs(runtime) ? runtime : tmpdir()
}

/** After `su` or `sudo` it is often that of somebody else, where we may not even look. */
function isOurs(path: string): boolean {
  try {
    const info = statSync(path)
    return info.isDirectory() && info.uid === process.getuid?.() && (info.mode & 0o077) === 0
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
