import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '@credbroker/core/secret'
import { StartupError } from '../startup-error.ts'
import type { Binaries } from './binaries.ts'
import type { OsUser } from './passwd.ts'
import { type RunAs, run } from './run.ts'
import {
  exists,
  makePrivateDirectory,
  makeUnfinished,
  type StatePaths,
  syncDirectory,
} from './state-directory.ts'
import { insideView } from './view.ts'

export const DATABASE = 'credbroker'
export const DATABASE_USER = 'credbroker'

/**
 * Makes the cluster unless it is there. Everything happens in a directory of its own that one rename turns into the
 * cluster: a crash leaves nothing half-made, and of two brokers that start at once one keeps its own and the
 * other takes that.
 *
 * @returns whether this call made it
 * @throws StartupError `initdb_failed`
 */
export async function initialiseOnce(
  paths: StatePaths,
  binaries: Binaries,
  user: OsUser | undefined,
): Promise<boolean> {
  if (await exists(paths.cluster)) return false
  const unfinished = await makeUnfinished(paths.root, user ? 0o711 : 0o700)
  try {
    await initialise(unfinished, binaries, { user, view: paths.view })
    await rename(unfinished, paths.cluster)
    await syncDirectory(paths.root)
    return true
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if (await exists(paths.cluster)) return false
    throw error
  }
}

/** @throws StartupError `state_damaged` */
export async function readPassword(paths: StatePaths): Promise<Secret> {
  const password = await readFile(paths.password, 'utf8').catch(() => '')
  if (password) return new Secret(password)
  throw new StartupError(
    'state_damaged',
    `The database is there but its password file is not: ${paths.password}.`,
    'Restore that file, or the whole state directory, from a backup.',
  )
}

/** @throws StartupError `state_damaged` for data of another major version, which these binaries cannot read */
export async function checkDataVersion(paths: StatePaths, binaries: Binaries): Promise<void> {
  const made = (await readFile(join(paths.data, 'PG_VERSION'), 'utf8').catch(() => '')).trim()
  const ours = binaries.version.split('.')[0]
  if (made === ours) return
  throw new StartupError(
    'state_damaged',
    made
      ? `The state directory was made by PostgreSQL ${made}, and this program brings ${ours}.`
      : `The data directory of the database is incomplete: ${paths.data}.`,
    'Start the program that made it and move with `broker backup` and `broker restore`, or restore a backup.',
  )
}

async function initialise(directory: string, binaries: Binaries, as: RunAs): Promise<void> {
  const { user, view } = as
  const program = (name: string) => insideView(join(binaries.root, 'bin', name), view)
  const password = randomBytes(32).toString('base64url')
  const data = join(directory, 'data')
  await makePrivateDirectory(data, user)
  const handover = join(directory, 'handover')
  await mkdir(handover, { mode: 0o700 })
  const passwordForInitdb = join(handover, 'password')
  await writeFile(passwordForInitdb, password, { mode: 0o600 })
  if (user) for (const path of [passwordForInitdb, handover]) await chown(path, user.uid, user.gid)
  const options = [
    `--username=${DATABASE_USER}`,
    `--pwfile=${insideView(passwordForInitdb, view)}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
  ]
  await orExplain(run(program('initdb'), [...options, insideView(data, view)], as))
  await rm(handover, { recursive: true })
  const single = ['--single', '-D', insideView(data, view), '-c', 'log_checkpoints=off', 'template1']
  await orExplain(run(program('postgres'), single, { ...as, input: `CREATE DATABASE ${DATABASE}\n` }))
  await writeFile(join(directory, 'password'), password, { mode: 0o600, flush: true })
}

async function orExplain(program: ReturnType<typeof run>): Promise<void> {
  const { exitCode, stderr } = await program
  if (exitCode === 0) return
  const last = stderr
    .trim()
    .split('\n')
    .findLast((line) => /(error|FATAL|PANIC|could not)/.test(line))
  throw new StartupError(
    /look up effective user/.test(stderr) ? 'os_user_missing' : 'initdb_failed',
    `PostgreSQL could not be initialised${last ? `: ${last.trim()}` : ''}.`,
    /look up effective user/.test(stderr)
      ? 'Run the broker as a user that has an entry in /etc/passwd, or set DATABASE_URL.'
      : 'Look for a full disk or missing rights; nothing was left behind. DATABASE_URL takes a server of yours.',
  )
}
