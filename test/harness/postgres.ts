import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canRun, copyBinaries, locateBinaries } from '@credbroker/broker/adapters/postgres/embedded/binaries'
import { chooseOsUser } from '@credbroker/broker/adapters/postgres/embedded/os-user'
import type { OsUser } from '@credbroker/broker/adapters/postgres/embedded/passwd'
import { command, run } from '@credbroker/broker/adapters/postgres/embedded/run'
import postgres from 'postgres'
import { freePort } from './free-port.ts'
import { DEBIAN_POSTGRES_15, needs } from './services.ts'

/** A real PostgreSQL for one test file: on 127.0.0.1 with password login, thrown away afterwards. */
export interface TestPostgres {
  /** An ordinary role that owns the empty database `credbroker`: what `DATABASE_URL` is at a managed service. */
  readonly url: string
  readonly superuserUrl: string
  readonly port: number
  /** Of the postmaster, for tests that kill it. */
  readonly pid: number
  readonly directory: string
  /** Makes an empty database that the ordinary role owns, and answers its URL. */
  createDatabase(name: string): Promise<string>
  /** Ends the server at once and removes its files. They also go when this process dies, however it dies. */
  stop(): Promise<void>
}

interface Options {
  /** 18 is the embedded one; 15, the oldest we support, is Debian's and may be absent. */
  readonly version?: 18 | 15
  /** Further settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
}

const ready = 'database system is ready to accept connections'

// The shell holds the server's life: when our end of its standard input closes, by stop() or by our death,
// it ends the server and removes the directory, unless the server never came up and another try follows.
const keeper = `"$@" & pid=$!; echo "pid $pid"; read -r again; kill -QUIT $pid; wait $pid; [ "$again" ] || rm -rf "$HERE"`

export function startTestPostgres(options?: Options & { version?: 18 }): Promise<TestPostgres>
export function startTestPostgres(options: Options): Promise<TestPostgres | undefined>
export async function startTestPostgres(options: Options = {}): Promise<TestPostgres | undefined> {
  if (options.version === 15 && (await needs('postgres15'))) return undefined
  const directory = await mkdtemp(join(tmpdir(), 'credbroker-pg-'))
  try {
    const user = await chooseOsUser(false)
    if (user) await chown(directory, user.uid, user.gid)
    const bin = options.version === 15 ? DEBIAN_POSTGRES_15 : await embeddedBin(directory, user)
    const password = await initialise(bin, directory, user)
    for (let attempt = 1; ; attempt++) {
      const server = await serve(bin, directory, user, options.settings ?? {})
      if (server.ok) return await furnish(server, password)
      // Somebody took the free port between our look and our use.
      if (attempt === 5 || !server.log.includes('could not bind')) throw new Error(server.log)
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

async function embeddedBin(directory: string, user: OsUser | undefined): Promise<string> {
  const installed = await locateBinaries()
  if (await canRun(installed, user)) return join(installed.root, 'bin')
  const copy = await copyBinaries(installed, directory)
  // So that the keeper can remove it again.
  if (user) await run('chown', ['-R', `${user.uid}:${user.gid}`, copy.root])
  return join(copy.root, 'bin')
}

async function initialise(bin: string, directory: string, user: OsUser | undefined): Promise<string> {
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(directory, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user) await chown(passwordFile, user.uid, user.gid)
  const result = await run(
    join(bin, 'initdb'),
    [
      '--no-sync',
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      `--pwfile=${passwordFile}`,
      join(directory, 'data'),
    ],
    { user },
  )
  if (result.exitCode !== 0) throw new Error(`initdb failed: ${result.stderr}`)
  return password
}

type Served =
  | { ok: true; port: number; pid: number; child: ChildProcess; directory: string }
  | { ok: false; log: string }

async function serve(
  bin: string,
  directory: string,
  user: OsUser | undefined,
  settings: Record<string, string>,
): Promise<Served> {
  const port = await freePort()
  const all: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '32MB',
    max_connections: '100',
    log_timezone: 'UTC',
    timezone: 'UTC',
    ...settings,
  }
  const server = [join(bin, 'postgres'), '-D', join(directory, 'data')]
  for (const [name, value] of Object.entries(all)) server.push('-c', `${name}=${value}`)
  const { file, args, options } = command('/bin/sh', ['-c', keeper, 'sh', ...server], { user })
  const child = spawn(file, [...args], {
    ...options,
    env: { ...options.env, HERE: directory },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own session: Ctrl-C in the terminal must not end the keeper before it has tidied up.
    detached: true,
  })
  return new Promise((resolve, reject) => {
    let pid = 0
    let log = ''
    let started = false
    child.on('error', reject)
    child.stdout.on('data', (chunk: Buffer) => {
      pid = Number(/pid (\d+)/.exec(String(chunk))?.[1] ?? pid)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (started) return
      log += chunk
      // The keeper waits for our end of its input even when the server is gone already.
      if (log.includes('FATAL')) child.stdin.end('again\n')
      started = log.includes(ready)
      if (started) resolve({ ok: true, port, pid, child, directory })
    })
    child.on('close', () => resolve({ ok: false, log }))
  })
}

async function furnish(server: Served & { ok: true }, password: string): Promise<TestPostgres> {
  const { port, pid, child, directory } = server
  const url = (role: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
  const superuserUrl = url('postgres', 'postgres')
  const asSuperuser = async (...statements: string[]) => {
    const sql = postgres(superuserUrl, { max: 1, onnotice: () => {} })
    for (const statement of statements) await sql.unsafe(statement)
    await sql.end()
  }
  await asSuperuser(
    `CREATE ROLE credbroker LOGIN PASSWORD '${password}'`,
    'CREATE DATABASE credbroker OWNER credbroker',
  )
  // An open server must not keep the test process alive.
  for (const held of [child, child.stdin, child.stdout, child.stderr])
    (held as { unref?: () => void }).unref?.()
  return {
    url: url('credbroker', 'credbroker'),
    superuserUrl,
    port,
    pid,
    directory,
    async createDatabase(name) {
      await asSuperuser(`CREATE DATABASE "${name.replaceAll('"', '""')}" OWNER credbroker`)
      return url('credbroker', encodeURIComponent(name))
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.ref()
      child.stdin?.end()
      await ended
      await rm(directory, { recursive: true, force: true })
    },
  }
}
