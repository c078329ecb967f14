import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseTarget } from '../database-url.ts'
import type { StartupError } from '../startup-error.ts'
import { type Binaries, canRun, copyBinaries, locateBinaries } from './binaries.ts'
import { bringUp } from './bring-up.ts'
import { checkDataVersion, DATABASE, DATABASE_USER, initialiseOnce, readPassword } from './initialise.ts'
import type { Log } from './log.ts'
import { chooseOsUser, OWN_USER } from './os-user.ts'
import { type OwnerLock, takeOwnerLock } from './owner-lock.ts'
import type { OsUser } from './passwd.ts'
import { chooseSocketDirectory, PORT, removeSocketDirectory } from './socket-directory.ts'
import { prepareStateDirectory, type StatePaths } from './state-directory.ts'
import { supervise } from './supervise.ts'

export interface EmbeddedOptions {
  /** Made if it is missing; 0700, as root 0711. */
  readonly stateDir: string
  readonly log: Log
  /** Another broker took the state directory while PostgreSQL was down: stop serving. */
  readonly onLost: (error: StartupError) => void
  /** Gives up waiting for the start. */
  readonly signal?: AbortSignal
  /** As root: make the system user `credbroker-db` if it is missing. Default true. */
  readonly mayCreateOsUser?: boolean
}

export interface EmbeddedPostgres {
  readonly target: DatabaseTarget
  /** Process id of the server when it was started or adopted. */
  readonly pid: number
  /** A server that was already running, left by a broker that was killed. */
  readonly adopted: boolean
  /** Ends PostgreSQL, unless it has become another broker's. End the connections to it first. */
  stop(): Promise<void>
}

/**
 * The database of a broker without `DATABASE_URL`: a PostgreSQL in the state directory, reachable by its Unix socket
 * only, ended with the broker, started again whenever it dies, and taken over when the broker was killed.
 *
 * @throws StartupError for anything that keeps it from running
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { stateDir, log, signal } = options
  const chosen = await chooseOsUser(options.mayCreateOsUser ?? true)
  const owner = await dataOwner(stateDir, chosen)
  const paths = await prepareStateDirectory(stateDir, owner)
  if (owner && owner.name !== OWN_USER) {
    log.warn(
      { user: owner.name },
      'PostgreSQL shares an operating-system user: make one called credbroker-db',
    )
  }
  const binaries = await reachableBinaries(paths, owner, log)
  const made = await initialiseOnce(paths, binaries, owner)
  if (!made) await checkDataVersion(paths, binaries)
  const password = await readPassword(paths)

  const wanted = await chooseSocketDirectory(paths, owner)
  const context = { paths, binaries, user: owner, socketDirectory: wanted, log }
  const server = await bringUp(context, signal)
  const { socketDirectory } = server.postmaster
  if (socketDirectory !== wanted) await removeSocketDirectory(wanted, paths)
  const target: DatabaseTarget = {
    hosts: [{ host: socketDirectory, port: PORT }],
    database: DATABASE,
    user: DATABASE_USER,
    password,
    tls: false,
    connectTimeoutSeconds: 10,
  }
  const supervision = supervise({ ...context, socketDirectory }, server)
  let lock: OwnerLock
  let lost = false
  try {
    lock = await takeOwnerLock(target, paths, (error) => {
      lost = true
      options.onLost(error)
    })
  } catch (error) {
    await supervision.abandon()
    throw error
  }
  log.info(
    { pid: server.postmaster.pid, adopted: server.adopted, made },
    server.adopted ? 'took over the running embedded PostgreSQL' : 'started the embedded PostgreSQL',
  )
  return {
    target,
    pid: server.postmaster.pid,
    adopted: server.adopted,
    async stop() {
      await lock.releaseAfter(() => (lost ? supervision.abandon() : supervision.stop()))
      if (!lost) await removeSocketDirectory(socketDirectory, paths)
    },
  }
}

/** As root: whoever owns the data, should an earlier start have chosen another user. */
async function dataOwner(stateDir: string, chosen: OsUser | undefined): Promise<OsUser | undefined> {
  const data = await lstat(join(stateDir, 'pg', 'cluster', 'data')).catch(() => undefined)
  if (!chosen || !data || data.uid === chosen.uid || data.uid === 0) return chosen
  return { name: `uid ${data.uid}`, uid: data.uid, gid: data.gid }
}

async function reachableBinaries(paths: StatePaths, user: OsUser | undefined, log: Log): Promise<Binaries> {
  const installed = await locateBinaries()
  if (await canRun(installed, user)) return installed
  const copy = await copyBinaries(installed, paths.root)
  log.info(
    { path: copy.root },
    'PostgreSQL runs from a copy, because its user cannot reach the installed one',
  )
  return copy
}
