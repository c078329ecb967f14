import { spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { type Approver, approvers } from '../../harness/approver.ts'
import { finished, type Ran, startTestBroker, type TestBroker } from '../../harness/broker.ts'
import { MAIN } from '../../harness/command.ts'
import { startTestIssuer, type TestIssuer } from '../../harness/issuer.ts'
import { startTestPostgres } from '../../harness/postgres.ts'
import { type RecordingUpstream, startUpstream } from '../../harness/upstream.ts'

export const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url))
/** The key of the shop. */
export const SHOP_KEY = 'sk_live_Zq9+/root-4711-0123456789'
const GITHUB = 'https://token.actions.githubusercontent.com'

interface ShellOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** What the README of the examples makes: two databases, a shop, a broker, two agents, and somebody who can approve. */
export interface ExamplesWorld {
  readonly broker: TestBroker
  readonly shop: RecordingUpstream
  /** In the place of GitHub's. */
  readonly issuer: TestIssuer
  readonly mia: Approver
  /** A copy of the examples, so that what they write is not left behind. */
  readonly folder: string
  /** The environment of somebody's shell, with `broker` on the path. */
  readonly env: Readonly<Record<string, string>>
  sh(script: string, options?: ShellOptions): Promise<Ran>
  /** As the superuser. */
  sql(database: 'orders' | 'orders_live', text: string): Promise<readonly postgres.Row[]>
  stop(): Promise<void>
}

/** The blocks of commands of one README. */
export async function commandsOf(readme: string): Promise<string[]> {
  const text = await readFile(join(EXAMPLES, readme), 'utf8')
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '')
}

export async function startExamplesWorld(): Promise<ExamplesWorld> {
  await using starting = new AsyncDisposableStack()
  const kept = <Thing extends { stop(): Promise<unknown> }>(thing: Thing): Thing =>
    starting.adopt(thing, async (one) => void (await one.stop()))
  const server = kept(await startTestPostgres())
  const shop = kept(await startUpstream())
  const broker = kept(await startTestBroker({ databaseUrl: server.url, env: shop.env }))
  const issuer = kept(await startTestIssuer(broker.url))
  const folder = await mkdtemp(join(tmpdir(), 'credbroker-examples-'))
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  await copyExamples(folder, issuer.url)

  const bin = join(broker.home, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'broker'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  await chmod(join(bin, 'broker'), 0o755)
  const env = {
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: broker.home,
    XDG_CONFIG_HOME: join(broker.home, 'config'),
    BROKER_URL: broker.url,
    NODE_NO_WARNINGS: '1',
    NODE_COMPILE_CACHE: join(broker.home, 'compiled'),
  }
  const sh: ExamplesWorld['sh'] = (script, { cwd = folder, env: more = {}, stdin = '' } = {}) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script], {
      cwd,
      env: { ...env, ...more },
    })
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
    return finished(child)
  }
  const at = (database: string) => server.superuserUrl.replace(/[^/]*$/, database)
  const sql: ExamplesWorld['sql'] = async (database, text) => {
    await using connection = opened(at(database))
    return [...(await connection.sql.unsafe(text))]
  }

  const superuser = new URL(server.superuserUrl)
  const pg = {
    PGHOST: superuser.hostname,
    PGPORT: superuser.port,
    PGUSER: 'postgres',
    PGPASSWORD: superuser.password,
  }
  const [setUp = ''] = await commandsOf('README.md')
  const script = setUp
    .replace('http://127.0.0.1:4747', broker.url)
    .replace('SHOP=shop.example.com', `SHOP=${shop.host}`)
  await succeeds(
    sh('psql -Xqc "REVOKE CONNECT ON DATABASE credbroker FROM PUBLIC"', {
      env: { ...pg, PGDATABASE: 'postgres' },
    }),
  )
  await succeeds(sh(script, { env: { ...pg, SHOP_KEY } }))
  const { mia } = await approvers(broker, 'mia')
  shop.forget()
  const all = starting.move()
  return { broker, shop, issuer, mia, folder, env, sh, sql, stop: () => all.disposeAsync() }
}

async function copyExamples(folder: string, issuer: string): Promise<void> {
  for (const name of ['credbroker', 'postgres-migration', 'claude-code'])
    await cp(join(EXAMPLES, name), join(folder, name), { recursive: true })
  const file = join(folder, 'credbroker', 'broker.yaml')
  const text = await readFile(file, 'utf8')
  if (!text.includes(GITHUB)) throw new Error('the example no longer trusts GitHub')
  await writeFile(file, text.replace(GITHUB, issuer))
}

async function succeeds(running: Promise<Ran>): Promise<void> {
  const { code, stdout, stderr } = await running
  if (code !== 0) throw new Error(`${stdout}${stderr}`)
}

function opened(url: string) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) }
}
