import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClientKey, importClientKey } from '@credbroker/core/client-key'
import { Secret } from '@credbroker/core/secret'
import { Broker } from '@credbroker/sdk/broker'
import { BROKER } from './command.ts'
import { freePort } from './free-port.ts'
import { handTo, type OsUser } from './ordinary-user.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly stdin?: string
  readonly profile?: string
  readonly env?: Readonly<Record<string, string>>
  /** `exec` looks for stray secrets; otherwise not, since homes of tests are full of them. */
  readonly scan?: true
  readonly cwd?: string
}

/** An enrolled identity: its key, and a client that signs with it. */
export interface Identity {
  readonly principal: string
  readonly key: ClientKey
  readonly client: Broker
}

/** A real broker in a process of its own, with a home of its own; `admin` is its first administrator. */
export interface TestBroker {
  /** Also the issuer. */
  readonly url: string
  /** Where this process listens; differs from `url` at a second replica. */
  readonly address: string
  readonly home: string
  readonly stateDir: string
  readonly pid: number
  readonly admin: Broker
  /** All that its processes printed and logged so far. */
  log(): string
  /** Runs the command line in this broker's home. */
  cli(args: readonly string[], options?: CliOptions): Promise<Ran>
  /** The same, while it runs. */
  spawnCli(args: readonly string[], options?: CliOptions): ChildProcess
  /** Invites and enrols an agent of the applied configuration; its profile has the agent's name. */
  enrolAgent(name: string): Promise<Identity>
  identity(profile: string): Promise<Identity>
  /** The same identity, asking this replica. */
  here(identity: Identity): Broker
  /** A second replica on the same database and keyfile, under the same public URL. */
  replica(): Promise<TestBroker>
  kill9(): Promise<void>
  /** Starts again on the same port, database and state. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>
  stop(): Promise<void>
}

export interface TestBrokerOptions {
  /** Left out: the embedded PostgreSQL. */
  readonly databaseUrl?: string
  readonly env?: Readonly<Record<string, string>>
  /** Whose its processes and files are. Left out: of whoever runs the tests. */
  readonly user?: OsUser | undefined
}

export async function startTestBroker({
  databaseUrl,
  env = {},
  user,
}: TestBrokerOptions): Promise<TestBroker> {
  const home = await mkdtemp(join(tmpdir(), 'credbroker-home-'))
  handTo(user, home)
  const stateDir = join(home, 'state')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  // Tests store roots of protected environments to show that nothing comes out of them.
  const settings = { BROKER_UNSAFE_SAME_USER: '1', ...(databaseUrl && { DATABASE_URL: databaseUrl }), ...env }
  // Killing whoever runs the tests must not leave a broker behind.
  const args = ['dev', '--json', '--port', String(port), '--state', stateDir, '--exit-with-parent']
  const server = new ServerProcess(args, { env: { ...homeEnv(home), ...settings }, ...user })
  const replicas: TestBroker[] = []
  const dispose = () => rm(home, { recursive: true, force: true })
  try {
    await server.start()
    const replicaEnv = {
      ...homeEnv(home),
      ...settings,
      BROKER_PUBLIC_URL: url,
      BROKER_KEYFILE: join(stateDir, 'keyfile'),
      BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS: '1',
    }
    const replica = async () => {
      const own = await freePort()
      const second = new ServerProcess(['serve', '--json'], {
        env: { ...replicaEnv, PORT: String(own) },
        ...user,
      })
      await second.start()
      const made = await handle(second, {
        home,
        stateDir,
        user,
        url,
        address: `http://127.0.0.1:${own}`,
        replica,
        stop: async () => {},
      })
      replicas.push(made)
      return made
    }
    return await handle(server, {
      home,
      stateDir,
      user,
      url,
      address: url,
      replica,
      async stop() {
        for (const one of replicas.splice(0)) await one.stop()
        await dispose()
      },
    })
  } catch (error) {
    await server.end('SIGKILL')
    await dispose()
    throw error
  }
}

interface Place {
  readonly home: string
  readonly stateDir: string
  readonly user: OsUser | undefined
  readonly url: string
  readonly address: string
  readonly replica: () => Promise<TestBroker>
  readonly stop: () => Promise<void>
}

async function handle(server: ServerProcess, place: Place): Promise<TestBroker> {
  const { home, url, address, stateDir, replica, user } = place
  const clientOf = (principal: string, key: ClientKey) =>
    new Broker({
      url,
      principal: principal as `user:${string}`,
      key: key.privateJwk,
      // Proofs name the public URL, whichever replica is asked.
      fetch: (input, init) => fetch(input.replace(url, address), init),
      open: (input, init) => fetch(input.replace(url, address), init),
    })
  const identity = async (profile: string): Promise<Identity> => {
    const file = join(home, 'config', 'credbroker', 'profiles', `${profile}.json`)
    const text = await readFile(file, 'utf8').catch((error: Error) => {
      throw new Error(`${error.message}: ${server.log}`)
    })
    const { principal, key: jwk } = JSON.parse(text)
    const key = importClientKey(new Secret(JSON.stringify(jwk)))
    return { principal, key, client: clientOf(principal, key) }
  }
  const spawnCli = (args: readonly string[], options: CliOptions = {}) => {
    const env = {
      ...homeEnv(home),
      BROKER_URL: url,
      ...(options.profile && { BROKER_PROFILE: options.profile }),
      ...options.env,
    }
    const [command, ...rest] = args
    const given = command === 'exec' && !options.scan ? [command, '--no-scan', ...rest] : args
    const child = spawn(process.execPath, [...BROKER, ...given], {
      env,
      cwd: options.cwd ?? home,
      stdio: 'pipe',
      ...user,
    })
    child.stdin.on('error', () => {})
    child.stdin.end(options.stdin ?? '')
    return child
  }
  const broker: TestBroker = {
    url,
    address,
    home,
    stateDir,
    get pid() {
      return server.pid
    },
    admin: (await identity('default')).client,
    log: () => server.log,
    spawnCli,
    cli: async (args, options) => await finished(spawnCli(args, options)),
    async enrolAgent(name) {
      const path = `/v1/agents/${name}/invitations`
      const { token } = await broker.admin.request<{ token: string }>({ method: 'POST', path })
      const ran = await broker.cli(['enroll', '--profile', name], { stdin: token })
      if (ran.code !== 0) throw new Error(`enrolling ${name} failed: ${ran.stderr}`)
      return await identity(name)
    },
    identity,
    here: ({ principal, key }) => clientOf(principal, key),
    replica,
    kill9: () => server.end('SIGKILL'),
    restart: async (env) => {
      await server.end('SIGTERM')
      await server.start(env)
    },
    async stop() {
      await server.end('SIGTERM')
      await place.stop()
    },
  }
  return broker
}

type ServerOptions = Partial<OsUser> & { readonly env: Readonly<Record<string, string>> }

/** One server that can be started again and again with the same arguments. */
class ServerProcess {
  log = ''
  #child: ChildProcess | undefined
  readonly #args: readonly string[]
  readonly #options: ServerOptions

  constructor(args: readonly string[], options: ServerOptions) {
    this.#args = args
    this.#options = options
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Until it says that it serves. @throws Error with its log when it ends before that. */
  async start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    const child = spawn(process.execPath, [...BROKER, ...this.#args], {
      ...this.#options,
      env: { ...this.#options.env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
      this.log += chunk
    })
    child.stderr.on('data', (chunk) => {
      this.log += chunk
    })
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', () => out.includes('\n') && resolve())
      child.once('error', reject)
      child.once('close', () => reject(new Error(`the broker ended: ${this.log}`)))
    })
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }
}

export async function finished(child: ChildProcess): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  // A background grandchild may hold the pipes open for longer than the command lives.
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  await Promise.race([once(child, 'close'), new Promise((resolve) => setTimeout(resolve, 200))])
  if (code === null) throw new Error(`the command was ended by ${signal}: ${stderr}`)
  return { code, stdout, stderr }
}

/** Hundreds of processes run the same sources: each would compile them anew, which is most of what a short one does. */
const COMPILED = join(import.meta.dirname, '../../node_modules/.cache/compiled')

const homeEnv = (home: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  USER: 'mia',
  XDG_CONFIG_HOME: join(home, 'config'),
  NODE_NO_WARNINGS: '1',
  NODE_COMPILE_CACHE: COMPILED,
})
