import { execFile } from 'node:child_process'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { insideView, outsideView, type View } from './view.ts'

/** A data directory, by our name for it. */
export interface Cluster {
  readonly data: string
  readonly view: View | undefined
}

/** A running PostgreSQL server, as its `postmaster.pid` describes it. */
export interface Postmaster {
  readonly pid: number
  readonly socketDirectory: string
  readonly port: number
  readonly ready: boolean
}

/**
 * Reads https://www.postgresql.org/docs/current/storage-file-layout.html `postmaster.pid` and answers the server that
 * runs on this data directory, if one does. Its pid alone says little: after a crash it may be anybody's.
 */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const [pid, , , port, socketDirectory, , , status] = (await readPidFile(cluster.data)).split('\n')
  if (!Number(pid) || !(await isPostmasterOf(Number(pid), cluster))) return undefined
  return {
    pid: Number(pid),
    port: Number(port),
    socketDirectory: outsideView(socketDirectory ?? '', cluster.view),
    ready: status?.trim() === 'ready',
  }
}

/**
 * Removes a `postmaster.pid` whose process is somebody else's by now; PostgreSQL itself would refuse to start
 * where that process has the same user. Should a server start in this very moment, its file is put back.
 */
export async function removeStalePidFile(cluster: Cluster): Promise<void> {
  const { data } = cluster
  const content = await readPidFile(data)
  const pid = Number(content.split('\n')[0])
  if (!pid || !isAlive(pid) || (await isPostmasterOf(pid, cluster))) return
  const aside = join(data, `postmaster.pid.stale-${process.pid}`)
  await rename(join(data, 'postmaster.pid'), aside).catch(() => undefined)
  const moved = await readFile(aside, 'utf8').catch(() => content)
  if (moved === content) await rm(aside, { force: true })
  else await rename(aside, join(data, 'postmaster.pid'))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether this process lives and is the server of this data directory. */
export async function isPostmasterOf(pid: number, { data, view }: Cluster): Promise<boolean> {
  if (!isAlive(pid)) return false
  const command = await commandLine(pid)
  // Where nobody tells, a living process is taken for the server: PostgreSQL then decides.
  return (
    command === undefined ||
    command
      .split('\0')
      .join(' ')
      .includes(`-D ${insideView(data, view)} `)
  )
}

async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => undefined,
  )
}

const readPidFile = (data: string) => readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
