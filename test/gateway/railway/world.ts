import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { vi } from 'vitest'
import { type Identity, startTestBroker, type TestBroker } from '../../harness/broker.ts'
import { startTestPostgres } from '../../harness/postgres.ts'
import { type FakeRailway, startFakeRailway } from '../../harness/railway/server.ts'
import { type Shop, shop } from '../../harness/railway/shop.ts'

// A real broker and a real database: only what hangs is to be given up.
vi.setConfig({ testTimeout: 60_000 })

/** A broker with an account token of the shop's Railway: one root that reaches both environments. */
export interface RailwayWorld extends Pick<Shop, 'ids' | 'tokens'> {
  readonly vendor: FakeRailway
  readonly broker: TestBroker
  readonly fixer: Identity
  readonly oncall: Identity
  stop(): Promise<void>
}

const OPERATIONS = [
  'query.environment',
  'query.project',
  'query.deployment',
  'query.volumeInstance',
  'query.volumeInstanceBackupList',
  'query.variables',
  'volumeDelete',
  'volumeInstanceUpdate',
  'volumeInstanceBackupDelete',
  'environmentPatchCommit',
  'environmentStageChanges',
  'environmentDelete',
  'serviceDelete',
  'projectDelete',
  'deploymentStop',
  'variableUpsert',
]

export interface Recovery {
  readonly backups: string
  readonly authority: string
  readonly separateAuthority: boolean
  readonly lastRestoreTest: string
}

/** A root that makes a token for each environment, and scopes that are called with those. */
const minting = ({ ids }: Shop, home: string) => ({
  root: `  minter: { provider: railway-project-token, owner: mia, secret: "file:${home}/minter.json" }\n`,
  scopes: ['staging', 'production']
    .map(
      (environment) =>
        `  minted-${environment}: { root: minter, environment: ${environment}, connector: railway, maxTtl: 30m, allow: { projects: [${ids.project}], operations: [query.environment, query.deployment, deploymentStop] } }\n`,
    )
    .join(''),
})

const configuration = (
  { ids }: Shop,
  home: string,
  recovery: Recovery | undefined,
  minted: Partial<ReturnType<typeof minting>>,
) => `version: 1
environments:
  staging: { tier: standard, anchors: [{ vendor: railway, id: ${ids.project}/${ids.staging} }] }
  production: { tier: protected, anchors: [{ vendor: railway, id: ${ids.project}/${ids.production} }] }
users:
  mia: { roles: [operator, viewer, approver] }
  noa: { roles: [approver] }
  ben: { roles: [approver] }
teams:
  payments: {}
agents:
  fixer: { owner: mia, teams: [payments], tool: claude-code }
  oncall: { owner: mia }
roots:
  railway: { provider: railway, owner: mia, recovery: ${JSON.stringify(recovery ?? {})}, secret: "file:${home}/railway.json" }
  deploys: { provider: railway, environment: staging, owner: mia, secret: "file:${home}/deploys.json" }
${minted.root ?? ''}scopes:
${minted.scopes ?? ''}  railway-staging:
    { root: railway, environment: staging, maxTtl: 30m, allow: { projects: [${ids.project}], operations: [${OPERATIONS.join(', ')}] } }
  deploys-staging:
    { root: deploys, environment: staging, allow: { projects: [${ids.project}], operations: [query.environment, deploymentStop] } }
  railway-live:
    { root: railway, environment: production, maxTtl: 30m, allow: { projects: [${ids.project}], operations: [query.environment, volumeDelete] } }
`

const POLICIES = {
  payments: `permit(principal in Team::"payments", action, resource in Environment::"staging");`,
  oncall: `permit(principal == Agent::"oncall", action, resource in Environment::"production");`,
}

export async function startRailwayWorld({
  recovery,
  minter = false,
}: {
  readonly recovery?: Recovery
  readonly minter?: boolean
} = {}): Promise<RailwayWorld> {
  const railway = shop()
  await using starting = new AsyncDisposableStack()
  const kept = <Thing extends { stop(): Promise<void> }>(thing: Thing): Thing =>
    starting.adopt(thing, (one) => one.stop())
  const vendor = kept(await startFakeRailway(railway.state))
  const database = kept(await startTestPostgres())
  const env = {
    ...vendor.upstream.env,
    NODE_EXTRA_CA_CERTS: vendor.upstream.caFile,
    BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS: '1',
  }
  const broker = kept(await startTestBroker({ databaseUrl: database.url, env }))

  for (const [name, { secret: token, type }] of [
    ['railway', railway.tokens.account],
    ['deploys', railway.tokens.project],
  ] as const) {
    const root = JSON.stringify({ token, type, origin: vendor.upstream.origin })
    await writeFile(join(broker.home, `${name}.json`), root, { mode: 0o600 })
  }
  const { origin } = vendor.upstream
  await writeFile(
    join(broker.home, 'minter.json'),
    JSON.stringify({ token: railway.tokens.workspace.secret, origin }),
    { mode: 0o600 },
  )
  const directory = join(broker.home, 'broker')
  await mkdir(join(directory, 'policies'), { recursive: true })
  const minted = minter ? minting(railway, broker.home) : {}
  await writeFile(join(directory, 'broker.yaml'), configuration(railway, broker.home, recovery, minted))
  for (const [name, text] of Object.entries(POLICIES))
    await writeFile(join(directory, 'policies', `${name}.cedar`), `@id("${name}")\n${text}\n`)
  const applied = await broker.cli(['apply', '-f', directory, '--yes'])
  if (applied.code !== 0) throw new Error(`apply failed: ${applied.stdout}${applied.stderr}${broker.log()}`)
  const fixer = await broker.enrolAgent('fixer')
  const oncall = await broker.enrolAgent('oncall')
  vendor.forget()

  const all = starting.move()
  return { ...railway, vendor, broker, fixer, oncall, stop: () => all.disposeAsync() }
}
