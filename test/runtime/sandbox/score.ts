import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Shop, startShop } from '../../../packages/providers/test/postgres-fixture.ts'
import { finished, startTestBroker, type TestBroker } from '../../harness/broker.ts'
import { MAIN } from '../../harness/command.ts'
import { handTo, type OsUser, ordinaryUser } from '../../harness/ordinary-user.ts'
import { type Planted, plant } from './plant.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
/** The system's own: that of a person may lie where it is not seen. */
export const PYTHON = '/usr/bin/python3'

/** Whether an attack got nothing and did nothing, and what the command was told. */
export interface Verdict {
  readonly held: boolean
  readonly why: string
}
export type Column = ReadonlyMap<string, Verdict>

export interface AttackWorld {
  readonly broker: TestBroker
  /** Who works here. Undefined: whoever runs this. */
  readonly user: OsUser | undefined
  /** One evil child of this user, and all of its attacks, or `only` those. */
  attacked(confined: boolean, user: OsUser | undefined, only?: readonly string[]): Promise<Column>
  /** `broker exec` in a workspace of its own. */
  start(planted: Planted, confined: boolean, command: readonly string[]): ChildProcess
  stop(): Promise<void>
}

const configText = (shop: Shop, root: string) => `version: 1
environments:
  staging: { tier: standard, anchors: [{ vendor: postgres, id: ${shop.anchor('orders')} }] }
users: { mia: { roles: [operator, viewer] } }
agents: { fixer: { owner: mia } }
roots:
  orders: { provider: postgres-role, environment: staging, owner: mia, secret: "file:${root}" }
scopes:
  orders-ro: { root: orders, environment: staging, maxTtl: 10m, allow: { template: read-only, schemas: [public] } }
`
const POLICY =
  '@id("read") permit(principal, action in Action::"read", resource in Environment::"staging");\n'

const WANTED = ['--env', 'staging', '--scope', 'orders-ro', '--purpose', 'mend the orders', '--ttl', '10m']
/** `broker exec` of this tree. */
export const execCommand = (confined: boolean, command: readonly string[]): string[] => [
  process.execPath,
  MAIN,
  'exec',
  ...WANTED,
  ...(confined ? ['--sandbox'] : []),
  '--',
  ...command,
]

export async function startAttackWorld(): Promise<AttackWorld> {
  const shop = await startShop(18)
  if (!shop) throw new Error('PostgreSQL 18 comes with the dependencies')
  const user = await ordinaryUser()
  const broker = await startTestBroker({ databaseUrl: shop.server.url, user })
  const root = join(broker.home, 'root.json')
  writeFileSync(root, JSON.stringify(shop.root), { mode: 0o600 })
  handTo(user, root)
  const files = join(broker.home, 'broker')
  mkdirSync(join(files, 'policies'), { recursive: true })
  writeFileSync(join(files, 'broker.yaml'), configText(shop, root))
  writeFileSync(join(files, 'policies', 'read.cedar'), POLICY)
  const applied = await broker.cli(['apply', '-f', files, '--yes'])
  if (applied.code !== 0) throw new Error(`${applied.stdout}${applied.stderr}`)
  const { key } = await broker.enrolAgent('fixer')
  const { d } = JSON.parse(key.privateJwk.expose()) as { d: string }
  const start: AttackWorld['start'] = (planted, confined, command) =>
    begin(broker, planted, execCommand(confined, command))
  return {
    broker,
    user,
    start,
    attacked: async (confined, by, only) => {
      const planted = await plant(broker.home, by)
      const aside = start(planted, false, ['sh', '-c', OTHER])
      try {
        const other = await otherRun(aside)
        const profiles = join(broker.home, 'config', 'credbroker', 'profiles')
        const own = {
          key: d,
          confined,
          only,
          root_file: root,
          state: broker.stateDir,
          admin_profile: join(profiles, 'default.json'),
          agent_profile: join(profiles, 'fixer.json'),
          other_run: other.directory,
          other_secret: other.secret,
          loot: join(planted.workspace, 'loot.json'),
        }
        const secrets = [
          ...planted.secrets,
          ...other.secrets,
          d,
          String(shop.root['password']),
          readFileSync(join(broker.stateDir, 'keyfile'), 'latin1').trim(),
          (JSON.parse(readFileSync(own.admin_profile, 'utf8')) as { key: { d: string } }).key.d,
        ]
        return await judged(broker, planted, { ...planted.know, ...own }, secrets)
      } finally {
        aside.kill('SIGTERM')
        planted.stop()
      }
    },
    stop: async () => {
      await broker.stop()
      await shop.close()
    },
  }
}

async function judged(
  broker: TestBroker,
  planted: Planted,
  know: Record<string, unknown> & { readonly confined: boolean; readonly loot: string },
  secrets: readonly string[],
): Promise<Column> {
  const script = join(planted.workspace, 'evil.py')
  writeFileSync(script, readFileSync(here('evil.py')))
  const launch = join(broker.home, 'launch.json')
  writeFileSync(launch, JSON.stringify(know))
  const exec = execCommand(know.confined, [PYTHON, script])
  // Not in a file: the gate would find what other runs are asked with.
  const known = JSON.stringify({ ...know, carried: undefined })
  const ran = await finished(begin(broker, planted, [PYTHON, here('launcher.py'), launch, ...exec], known))
  if (ran.code !== 0) throw new Error(`the evil child did not get to its end: ${ran.stdout}${ran.stderr}`)
  const loot = JSON.parse(readFileSync(know.loot, 'utf8')) as Record<string, { got: string; why: string }>
  const effects: Record<string, boolean> = {
    ...planted.effects(),
    stay_after_the_end: await survives(String(know['nap'])),
  }
  rmSync(launch)
  return new Map(
    Object.entries(loot).map(([name, { got, why }]) => {
      const taken = secrets.some((secret) => got.includes(secret))
      return [name, { held: !taken && !effects[name], why }]
    }),
  )
}

export const runEnv = (broker: TestBroker, planted: Planted): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  ...planted.env,
  XDG_CONFIG_HOME: join(broker.home, 'config'),
  BROKER_PROFILE: 'fixer',
  BROKER_STATE_DIR: broker.stateDir,
  NODE_NO_WARNINGS: '1',
})

function begin(
  broker: TestBroker,
  planted: Planted,
  [program = '', ...args]: readonly string[],
  stdin = '',
): ChildProcess {
  const child = spawn(program, args, {
    cwd: planted.workspace,
    env: runEnv(broker, planted),
    stdio: 'pipe',
    ...planted.user,
  })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  return child
}

const OTHER = 'dirname "$PGPASSFILE"; echo "$BROKER_OUTER_SECRET"; cat "$PGPASSFILE"; exec sleep 86400'

/** The run of another agent on the same machine. */
async function otherRun(child: ChildProcess) {
  let [out, err] = ['', '']
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      out += chunk
      if (out.split('\n').length > 3) resolve()
    })
    child.once('exit', () => reject(new Error(`the other run ended: ${err}`)))
  })
  const [directory = '', secret = '', pgpass = ''] = out.split('\n')
  const task = /tsk_\w+/.exec(err)?.[0] ?? ''
  return { directory, secret, secrets: [task, pgpass.split(':').at(-1) ?? ''] }
}

/** Whether a process that sleeps this long is still there a while after; then it is ended. */
export async function survives(nap: string, patience = 3_000): Promise<boolean> {
  const until = Date.now() + patience
  for (;;) {
    const pids = sleepersOf(nap)
    if (pids.length === 0) return false
    if (Date.now() > until) {
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const sleepersOf = (nap: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${nap}\0`
      } catch {
        return false
      }
    })
    .map(Number)
