import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'
import type { StatePaths } from './state-directory.ts'

const fileIn = (paths: StatePaths) => join(paths.root, 'owner')

/**
 * The database's lock says who owns the state directory, but it is gone while PostgreSQL restarts. This file speaks for
 * the owner in that moment; it names a process by number and start, and counts only while that process lives.
 */
export async function writeOwnerFile(paths: StatePaths): Promise<void> {
  const unfinished = `${fileIn(paths)}.${process.pid}`
  await writeFile(unfinished, (await identityOf(process.pid)) ?? '', { mode: 0o600 })
  await rename(unfinished, fileIn(paths))
}

/** The process id of another living broker that owns this directory. */
export async function livingOwner(paths: StatePaths): Promise<number | undefined> {
  const written = await readFile(fileIn(paths), 'utf8').catch(() => '')
  const pid = Number(written.split(' ')[0])
  if (!pid || pid === process.pid || (await identityOf(pid)) !== written) return undefined
  return pid
}

/** Removes our own; that of a broker which came after us stays. */
export async function removeOwnerFile(paths: StatePaths): Promise<void> {
  const written = await readFile(fileIn(paths), 'utf8').catch(() => '')
  if (written === (await identityOf(process.pid))) await rm(fileIn(paths), { force: true })
}

/** A number alone is given to somebody else after a crash; number and start never are. */
async function identityOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const shown = await run('ps', ['-o', 'lstart=', '-p', String(pid)])
    return shown.exitCode === 0 ? `${pid} ${shown.stdout.trim()}` : undefined
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: field 3 is the state, 22 the start; the name may hold spaces.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields && fields[0] !== 'Z' ? `${pid} ${fields[19]}` : undefined
}
