import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { vi } from 'vitest'
import { type Shop, startShop } from '../../packages/providers/test/postgres-fixture.ts'
import { type Identity, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'

// Real servers and command lines, on machines that do other things as well: only what hangs is to be given up.
vi.setConfig({ testTimeout: 120_000 })

/** A broker over two real clusters, one per environment, and one for its own state. */
export interface World {
  readonly broker: TestBroker
  readonly staging: Shop
  readonly production: Shop
  readonly state: TestPostgres
  readonly agent: Identity
  /** The directory whose files were applied. */
  readonly files: string
  stop(): Promise<void>
}

export const STAGING_POLICY = `@id("staging-read-write")
permit(principal, action in [Action::"read", Action::"write"], resource in Environment::"staging");
`
export const PRODUCTION_POLICY = `@id("production-read")
permit(principal, action in Action::"read", resource in Environment::"production");
`

/** What the files say; `production` is `standard` where a test has to mint there. */
export const configText = (
  { staging, production }: Pick<World, 'staging' | 'production'>,
  { roots, tier = 'standard', scopes = '' }: { roots: string; tier?: string; scopes?: string },
): string => `version: 1
environments:
  staging:
    tier: standard
    anchors: [{ vendor: postgres, id: ${staging.anchor('orders')} }]
  production:
    tier: ${tier}
    anchors: [{ vendor: postgres, id: ${production.anchor('orders')} }]
users:
  mia: { roles: [operator, viewer] }
  noa: { roles: [operator, viewer] }
teams:
  payments: {}
agents:
  fixer: { owner: mia, teams: [payments] }
  other: { owner: noa }
roots:
  staging-orders: { provider: postgres-role, environment: staging, owner: mia, secret: "file:${roots}/staging.json" }
  production-orders: { provider: postgres-role, environment: production, owner: mia, secret: "file:${roots}/production.json" }
scopes:
  orders-ro: { root: staging-orders, environment: staging, maxTtl: 10m, allow: { template: read-only, schemas: [public] } }
  orders-rw: { root: staging-orders, environment: staging, maxTtl: 1h, access: [read], allow: { template: read-write, schemas: [public] } }
  orders-live-ro: { root: production-orders, environment: production, allow: { template: read-only, schemas: [public] } }
${scopes}`

export async function writeFiles(
  directory: string,
  yaml: string,
  policies: Readonly<Record<string, string>> = {
    'staging.cedar': STAGING_POLICY,
    'production.cedar': PRODUCTION_POLICY,
  },
): Promise<string> {
  await mkdir(join(directory, 'policies'), { recursive: true })
  await writeFile(join(directory, 'broker.yaml'), yaml)
  for (const [name, text] of Object.entries(policies))
    await writeFile(join(directory, 'policies', name), text)
  return directory
}

/** Both environments applied from files by the command line, and the agent `fixer` enrolled. */
export async function startWorld(): Promise<World> {
  const [staging, production, state] = await Promise.all([startShop(18), startShop(18), startTestPostgres()])
  if (!staging || !production) throw new Error('PostgreSQL 18 comes with the dependencies')
  const stopServers = () => Promise.all([staging.close(), production.close(), state.stop()])
  const text = (roots: string) => configText({ staging, production }, { roots })
  const base = await startApplied({ staging, production }, state.url, text, stopServers)
  return { ...base, staging, production, state }
}

/** The same with one cluster for everything, `production` without a database: cheaper, for what needs no second one. */
export async function startStaging(): Promise<Omit<World, 'production' | 'state'>> {
  const staging = await startShop(18)
  if (!staging) throw new Error('PostgreSQL 18 comes with the dependencies')
  const text = (roots: string) => stagingText(staging, roots)
  return { ...(await startApplied({ staging }, staging.server.url, text, () => staging.close())), staging }
}

export const stagingText = (staging: Shop, roots: string): string =>
  configText({ staging, production: staging }, { roots })
    .split('\n')
    .filter((line) => !/production-orders|orders-live-ro/.test(line))
    .join('\n')
    .replace(/(production:\n {4}tier: standard\n).*\n/, '$1')

async function startApplied(
  shops: Readonly<Record<string, Shop>>,
  databaseUrl: string,
  text: (roots: string) => string,
  stopServers: () => Promise<unknown>,
): Promise<Pick<World, 'broker' | 'agent' | 'files' | 'stop'>> {
  let broker: TestBroker | undefined
  const stop = async () => {
    await broker?.stop()
    await stopServers()
  }
  try {
    broker = await startTestBroker({ databaseUrl })
    const files = join(broker.home, 'broker')
    for (const [name, { root }] of Object.entries(shops))
      await writeFile(join(broker.home, `${name}.json`), JSON.stringify(root), { mode: 0o600 })
    await writeFiles(files, text(broker.home))
    const applied = await broker.cli(['apply', '-f', files, '--yes'])
    if (applied.code !== 0) throw new Error(`apply failed: ${applied.stdout}${applied.stderr}${broker.log()}`)
    return { broker, files, agent: await broker.enrolAgent('fixer'), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
