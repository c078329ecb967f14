import { spawn } from 'node:child_process'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StartupError } from '../startup-error.ts'
import type { Binaries } from './binaries.ts'
import type { Log } from './log.ts'
import type { OsUser } from './passwd.ts'
import { findPostmaster, type Postmaster, removeStalePidFile } from './postmaster.ts'
import { command } from './run.ts'
import { PORT } from './socket-directory.ts'
import type { StatePaths } from './state-directory.ts'
import { insideView } from './view.ts'

export interface ServerContext {
  readonly paths: StatePaths
  readonly binaries: Binaries
  readonly user: OsUser | undefined
  readonly socketDirectory: string
  readonly log: Log
}

export interface RunningServer {
  readonly postmaster: Postmaster
  /** It was running already: left by a broker that was killed, or started by another one this moment. */
  readonly adopted: boolean
}

const pollMs = 20
const contentionMs = 30_000
const maxLogBytes = 1_000_000

/**
 * Answers a server that is ready on this data directory: the one that runs, or a new one.
 * A server that recovers from a crash is waited for as long as it lives.
 *
 * @throws StartupError `postgres_failed` with the server's own last word
 */
export async function bringUp(context: ServerContext, signal?: AbortSignal): Promise<RunningServer> {
  const giveUp = Date.now() + contentionMs
  let adopted = true
  for (;;) {
    signal?.throwIfAborted()
    const postmaster = await findPostmaster(context.paths)
    if (postmaster?.ready) return { postmaster, adopted }
    if (!postmaster) {
      const lastWord = await launch(context, signal)
      if (lastWord === undefined) adopted = false
      // Another broker was faster, or processes of a killed server have not all gone yet.
      else if (!/lock file|shared memory block/.test(lastWord) || Date.now() > giveUp) throw failed(lastWord)
    }
    await delay(pollMs)
  }
}

/** Starts a server and waits until it is ready, or answers its last word. */
async function launch(context: ServerContext, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { paths, binaries, user } = context
  await removeStalePidFile(paths)
  const from = await rotateLog(paths.log)
  const output = await open(paths.log, 'a', 0o600)
  const program = insideView(join(binaries.root, 'bin', 'postgres'), paths.view)
  const start = command(program, serverArguments(context), { user, view: paths.view })
  const server = spawn(start.file, [...start.args], {
    ...start.options,
    stdio: ['ignore', output.fd, output.fd],
    // Its own session: Ctrl-C is for the broker, which ends the server when it needs it no longer.
    detached: true,
  })
  let over: string | undefined
  server.once('error', (error: NodeJS.ErrnoException) => {
    over = `it cannot be run (${error.code})`
  })
  server.once('exit', (code, killed) => {
    over ??= `it ended with ${killed ?? `exit code ${code}`}`
  })
  server.unref()
  await output.close()
  for (;;) {
    if (over !== undefined) return (await lastWord(paths.log, from)) ?? over
    const postmaster = await findPostmaster(paths)
    if (postmaster?.ready && postmaster.pid === server.pid) return undefined
    if (signal?.aborted) {
      server.kill('SIGINT')
      signal.throwIfAborted()
    }
    await delay(pollMs)
  }
}

function serverArguments({ paths, socketDirectory }: ServerContext): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: '',
    port: PORT,
    unix_socket_directories: insideView(socketDirectory, paths.view),
    unix_socket_permissions: '0700',
    max_connections: 100,
    password_encryption: 'scram-sha-256',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    jit: 'off',
    // Errors quote the values that caused them; the broker maps and logs its own.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    log_timezone: 'UTC',
  }
  return [
    '-D',
    insideView(paths.data, paths.view),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

/** Keeps one older log; answers where the next server's words begin. */
async function rotateLog(path: string): Promise<number> {
  const size = (await stat(path).catch(() => ({ size: 0 }))).size
  if (size <= maxLogBytes) return size
  await rename(path, `${path}.1`)
  return 0
}

async function lastWord(path: string, from: number): Promise<string | undefined> {
  const written = (await readFile(path)).subarray(from).toString('utf8')
  const line = written
    .split('\n')
    .findLast((text) => /(FATAL|PANIC):|could not|error while loading/.test(text))
  return line?.replace(/^.*?(FATAL|PANIC): +/, '').slice(0, 300)
}

const failed = (lastWord: string) =>
  new StartupError(
    'postgres_failed',
    `The embedded PostgreSQL does not start: ${lastWord}.`,
    'Its full log is pg/postgres.log in the state directory. DATABASE_URL takes a server of yours.',
  )
