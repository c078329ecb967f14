import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { Shop } from '../../../packages/providers/test/postgres-fixture.ts'
import { STAGING_POLICY, stagingText, writeFiles } from '../../e2e/shops.ts'
import { type Identity, startTestBroker, type TestBroker } from '../../harness/broker.ts'

/** A broker that dies where it is told to, with an agent and a root of its own to rotate, at a shop it shares. */
export interface Line {
  readonly broker: TestBroker
  readonly agent: Identity
  readonly shop: Shop
  /** Its own state. */
  readonly database: string
  readonly files: string
  /** What its files say. */
  readonly text: string
  /** Forgets which points were passed. */
  mark(): Promise<void>
  /** The points passed since. */
  passed(): Promise<string[]>
  /** The process dies when it gets there. */
  arm(point: string): Promise<void>
  /** Resolves when it has died. */
  died(): Promise<void>
  /** When it did, in milliseconds since the epoch. */
  readonly deaths: readonly number[]
  stop(): Promise<void>
}

export async function startLine(shop: Shop, name: string): Promise<Line> {
  const directory = await mkdtemp(join(tmpdir(), 'credbroker-failpoint-'))
  const failpoint = join(directory, 'point')
  const passed = `${failpoint}.passed`
  await writeFile(failpoint, '')
  const database = `broker_${name}`
  const rotated = { ...shop.root, user: `root_${name}` }
  await shop.admin(`CREATE ROLE root_${name} LOGIN CREATEROLE PASSWORD '${shop.root['password']}';
    GRANT USAGE ON SCHEMA public TO root_${name} WITH GRANT OPTION;
    GRANT SELECT ON orders TO root_${name} WITH GRANT OPTION`)
  const databaseUrl = await shop.server.createDatabase(database)
  await shop.admin(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`, 'postgres')
  const broker = await startTestBroker({
    databaseUrl,
    env: { BROKER_TEST_FAILPOINT: failpoint, NODE_COMPILE_CACHE: join(directory, 'compiled') },
  })
  // What was compiled is written down by a process that ends in peace; all later ones start faster.
  await broker.restart()
  const text = stagingText(shop, broker.home)
    .replace(
      '\nscopes:\n',
      `\n  rotated: { provider: postgres-role, environment: staging, owner: mia, secret: "file:${broker.home}/rotated.json" }\nscopes:\n`,
    )
    .concat(
      '\n  rotated-ro: { root: rotated, environment: staging, allow: { template: tables, tables: [{ table: orders, privileges: [select] }] } }\n',
    )
  await writeFile(join(broker.home, 'staging.json'), JSON.stringify(shop.root), { mode: 0o600 })
  await writeFile(join(broker.home, 'rotated.json'), JSON.stringify(rotated), { mode: 0o600 })
  const files = await writeFiles(join(broker.home, 'broker'), text, { 'staging.cedar': STAGING_POLICY })
  const applied = await broker.cli(['apply', '-f', files, '--yes'])
  if (applied.code !== 0) throw new Error(`apply failed: ${applied.stdout}${applied.stderr}${broker.log()}`)
  const deaths: number[] = []
  return {
    broker,
    shop,
    database,
    files,
    text,
    agent: await broker.enrolAgent('fixer'),
    mark: () => writeFile(passed, ''),
    passed: async () => (await readFile(passed, 'utf8')).split('\n').filter((line) => line !== ''),
    arm: (point) => writeFile(failpoint, point),
    async died() {
      await vi.waitUntil(() => !isAlive(broker.pid), { timeout: 20_000, interval: 20 })
      deaths.push(Date.now())
    },
    deaths,
    async stop() {
      await broker.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
