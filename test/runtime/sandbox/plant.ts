import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { handTo, type OsUser } from '../../harness/ordinary-user.ts'

/** Where people keep what an agent should not have, below their home. */
const FILES = {
  ssh_key: '.ssh/id_ed25519',
  aws: '.aws/credentials',
  history: '.bash_history',
  forge: '.config/gh/hosts.yml',
  registry: '.npmrc',
  netrc: '.netrc',
  pgpass: '.pgpass',
  git_credentials: '.git-credentials',
  docker: '.docker/config.json',
  kube: '.kube/config',
  browser: '.mozilla/firefox/abc.default/cookies.sqlite',
  keyring_file: '.local/share/keyrings/login.keyring',
  agent_login: '.claude/.credentials.json',
  unknown_name: 'notes/do-not-lose.txt',
  other_project: 'projects/other/.env',
  movable: 'projects/movable.txt',
} as const

/** What others read or run later. */
const WRITES = {
  shell_start: '.bashrc',
  ssh_login: '.ssh/authorized_keys',
  desktop_start: '.config/autostart/update.desktop',
  preload_by_environment: '.config/environment.d/90-path.conf',
  git_settings: '.gitconfig',
  hook_of_another_project: 'projects/other/.git/hooks/post-checkout',
  program_on_path: '.local/bin/ls',
  history_of_the_human: '.bash_history',
} as const

export const canary = (): string => `canary-${randomBytes(12).toString('hex')}`

/** A human's machine: secrets of every kind, all different, and what tells when one was taken or something done. */
export interface Planted {
  readonly know: Record<string, unknown>
  readonly env: Record<string, string>
  readonly user: OsUser | undefined
  readonly workspace: string
  readonly home: string
  readonly secrets: readonly string[]
  /** What an attack has done to the machine, by the attack's name. */
  effects(): Record<string, boolean>
  stop(): void
}

/** `home`: one that exists, in which a broker keeps its state and profiles. `user`: whose all of it is. */
export async function plant(home: string, user?: OsUser): Promise<Planted> {
  const before = statSync(home)
  const mark = canary()
  const secrets = new Set<string>()
  const secret = () => {
    const made = canary()
    secrets.add(made)
    return made
  }
  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const files = Object.entries(FILES).map(([name, path]) => [name, put(join(home, path), secret())] as const)
  const writes = Object.entries(WRITES).map(([name, path]) => {
    const at = join(home, path)
    mkdirSync(dirname(at), { recursive: true })
    return [name, at] as const
  })
  const outside = mkdtempSync(join(tmpdir(), 'credbroker-outside-'))
  put(join(outside, 'dump.sql'), secret())
  const workspace = mkdtempSync(join(tmpdir(), 'credbroker-shop-'))
  mkdirSync(join(workspace, '.git'))
  const shmFile = put(`/dev/shm/credbroker-${randomBytes(6).toString('hex')}`, secret())

  const sleeper = () => spawn('sleep', ['86400'], { stdio: 'ignore', env: { DEPLOY_KEY: secret() }, ...user })
  const [victim, prey] = [sleeper(), sleeper()]
  const told: string[] = []
  const servers: Server[] = []
  const serve = async (at: object) => {
    const answer = secret()
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end(answer)
    })
    servers.push(server)
    server.listen(at)
    await once(server, 'listening')
    return server.address() as AddressInfo
  }
  const bus = `credbroker-${randomBytes(6).toString('hex')}`
  const sockets = { ssh: join(home, `${bus}.sock`), docker: join(outside, 'docker.sock'), bus }
  await serve({ path: sockets.ssh })
  await serve({ path: sockets.docker })
  await serve({ path: `\0${bus}` })
  const { port } = await serve({ host: '127.0.0.1', port: 0 })
  const { port: port6 } = await serve({ host: '::1', port: 0 })
  const dns = createSocket('udp4', (message) => told.push(message.toString()))
  dns.bind(0, '127.0.0.1')
  await once(dns, 'listening')
  const token = canary()
  const carried = secret()
  chmodSync(workspace, 0o700)
  handTo(user, home, outside, workspace, shmFile)
  return {
    user,
    home,
    workspace,
    secrets: [...secrets, token],
    env: { HOME: home, DEPLOY_TOKEN: carried, SSH_AUTH_SOCK: sockets.ssh },
    know: {
      mark,
      token,
      home,
      workspace,
      sockets,
      port,
      port6,
      carried,
      files: Object.fromEntries(files),
      writes: Object.fromEntries(writes),
      temporary: outside,
      shm_file: shmFile,
      shm: randomInt(1, 2 ** 30),
      keyring: `credbroker-${randomBytes(6).toString('hex')}`,
      dns: dns.address().port,
      address: ownAddress(),
      victim: victim.pid,
      prey: prey.pid,
      nap: `8640${randomInt(10_000, 99_999)}`,
      disks: [
        [254, 0],
        [253, 0],
        [8, 0],
        [259, 0],
      ],
    },
    effects: () => ({
      ...Object.fromEntries(writes.map(([name, path]) => [`write_${name}`, holds(path, mark)])),
      data_by_dns: told.some((text) => text.includes(mark)),
      kill_a_process: prey.exitCode !== null || prey.signalCode !== null,
    }),
    stop: () => {
      end(victim)
      end(prey)
      dns.close()
      for (const server of servers) server.close()
      for (const path of [outside, workspace, shmFile]) rmSync(path, { recursive: true, force: true })
      handTo(user && before, home)
    },
  }
}

const end = (child: ChildProcess) => child.exitCode === null && child.kill('SIGKILL')

/** An address of this machine that is not loopback. */
const ownAddress = (): string =>
  Object.values(networkInterfaces())
    .flat()
    .find((info) => info && !info.internal && info.family === 'IPv4')?.address ?? '127.0.0.1'

function holds(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8').includes(text)
  } catch {
    return false
  }
}
