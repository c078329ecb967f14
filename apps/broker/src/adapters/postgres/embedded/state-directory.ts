import { randomBytes } from 'node:crypto'
import { access, chmod, chown, lstat, mkdir, open, readdir, realpath, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { StartupError } from '../startup-error.ts'
import type { OsUser } from './passwd.ts'
import { isAlive } from './postmaster.ts'
import { run as runProgram } from './run.ts'
import { insideView, makeView, type View } from './view.ts'

/** Below the state directory; see docs/decisions/0001-embedded-postgres.md for who owns what. */
export interface StatePaths {
  readonly root: string
  /** Data and the password that fits it: made together, by one rename. */
  readonly cluster: string
  readonly data: string
  readonly password: string
  /** Of the database server, across restarts. */
  readonly log: string
  /** Holds the Unix socket where the path is short enough. */
  readonly run: string
  /** Present where PostgreSQL's user cannot reach `root` under its own name. */
  readonly view: View | undefined
}

/** No initialisation takes this long: what is older was left by a crash. */
const unfinishedMaxAgeMs = 10 * 60_000

/**
 * Makes the directories, private to the broker. As root they may be searched, not listed, so that the database's own
 * user reaches what is its own.
 *
 * @throws StartupError `state_unreachable`, `state_unsafe`
 */
export async function prepareStateDirectory(
  stateDir: string,
  user: OsUser | undefined,
  mount = makeView,
): Promise<StatePaths> {
  const mode = user ? 0o711 : 0o700
  try {
    await mkdir(stateDir, { recursive: true, mode })
    const state = await realpath(stateDir)
    const root = join(state, 'pg')
    await claim(state, mode)
    await mkdir(root, { mode }).catch(ignoreExisting)
    await claim(root, mode)
    const run = join(root, 'run')
    await makePrivateDirectory(run, user)
    const paths = {
      root,
      cluster: join(root, 'cluster'),
      data: join(root, 'cluster', 'data'),
      password: join(root, 'cluster', 'password'),
      log: join(root, 'postgres.log'),
      run,
      view: user && (await viewFor(root, run, user, mount)),
    }
    await removeLeftovers(root)
    return paths
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(
      'state_unreachable',
      `The state directory cannot be used (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}): ${stateDir}.`,
      'Give the broker a directory of its own with --state DIR or BROKER_STATE_DIR, or free space there.',
    )
  }
}

/** A directory that only `user` (or we ourselves) may enter. */
export async function makePrivateDirectory(path: string, user: OsUser | undefined): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch(ignoreExisting)
  if (user) await chown(path, user.uid, user.gid)
}

/** Where something is put together before one rename makes it real. */
export async function makeUnfinished(root: string, mode: number): Promise<string> {
  const path = join(root, `.unfinished-${process.pid}-${randomBytes(6).toString('hex')}`)
  await mkdir(path, { mode })
  await chmod(path, mode)
  return path
}

/** A rename survives a power cut only once its directory is on disk. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Takes a directory for our own: refuses what is somebody else's, or holds something else and is open to others. */
async function claim(path: string, mode: number): Promise<void> {
  const found = await lstat(path)
  const own = process.getuid?.() ?? found.uid
  if (found.uid !== own || !found.isDirectory()) {
    throw new StartupError(
      'state_unsafe',
      `The state directory belongs to the operating-system user ${found.uid}, and the broker runs as ${own}: ${path}.`,
      'Run the broker as that user, or choose another directory with --state DIR.',
    )
  }
  const now = found.mode & 0o1777
  if (now === mode) return
  const entries = await readdir(path)
  if (now !== 0o700 && entries.length > 0 && !entries.includes('pg') && basename(path) !== 'pg') {
    throw new StartupError(
      'state_unsafe',
      `The state directory holds other files and is open to other users: ${path}.`,
      'Give the broker a directory of its own with --state DIR, or make this one private (chmod 700).',
    )
  }
  await chmod(path, mode)
}

async function viewFor(
  root: string,
  probe: string,
  user: OsUser,
  mount: typeof makeView,
): Promise<View | undefined> {
  const reaches = async (view?: View) => {
    const enter = ['-c', 'cd "$1" && test -w .', 'sh', insideView(probe, view)]
    const answer = await runProgram('/bin/sh', enter, { user, view }).catch(() => undefined)
    return answer?.exitCode === 0
  }
  if (await reaches()) return undefined
  const view = await mount(root).catch(() => undefined)
  if (view && (await reaches(view))) return view
  throw new StartupError(
    'state_unreachable',
    `PostgreSQL runs as the user ${user.name}, which cannot reach the state directory: ${root}.`,
    'Every directory above it must be searchable (chmod o+x); or choose another, like /var/lib/credbroker.',
  )
}

/** What a killed initialisation left. One of another broker that is at it right now stays. */
async function removeLeftovers(root: string): Promise<void> {
  for (const entry of await readdir(root)) {
    const maker = /^\.unfinished-(\d+)-/.exec(entry)?.[1]
    if (maker === undefined) continue
    const path = join(root, entry)
    const age = Date.now() - (await stat(path).catch(() => ({ ctimeMs: 0 }))).ctimeMs
    if (isAlive(Number(maker)) && age < unfinishedMaxAgeMs) continue
    // Its initdb may have outlived it and still be writing: then the next start removes the rest.
    await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
