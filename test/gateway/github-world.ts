import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Identity, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { type AppRoot, type FakeGithub, startGithub } from '../harness/github.ts'
import { startTestPostgres } from '../harness/postgres.ts'
import { configure } from './github-scopes.ts'

/** A broker with Apps of a GitHub on loopback: two of one repository each, and one that reaches two environments. */
export interface GithubWorld {
  readonly vendor: FakeGithub
  readonly broker: TestBroker
  readonly fixer: Identity
  /** Ids of repositories: of staging, of a disposable environment, of production. */
  readonly shop: string
  readonly toy: string
  readonly ledger: string
  /** PEM, for whoever asks the vendor past the broker. */
  readonly authority: string
  readonly configuration: ReturnType<typeof configure>
  stop(): Promise<void>
}

const PERMISSIONS = {
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  actions: 'write',
  secrets: 'write',
  deployments: 'write',
}

const POLICIES = `@id("sandbox-work")
permit(principal, action, resource in Environment::"sandbox");
@id("staging-refs")
permit(principal, action, resource == Scope::"shop-refs");
@id("staging-work")
permit(principal, action in [Action::"read", Action::"write"], resource in Environment::"staging");
`

export async function startGithubWorld(): Promise<GithubWorld> {
  await using starting = new AsyncDisposableStack()
  const kept = <Thing extends { stop(): Promise<void> }>(thing: Thing): Thing =>
    starting.adopt(thing, (one) => one.stop())
  const vendor = kept(await startGithub({ tls: true }))
  const authority = await readFile(vendor.caFile ?? '', 'utf8')
  const [shop, toy, ledger] = ['acme/shop', 'acme/toy', 'acme/ledger'].map((name) =>
    vendor.repository(name),
  ) as [string, string, string]
  const app = (...repositories: string[]) => vendor.app({ repositories, permissions: PERMISSIONS })
  const roots: Record<string, AppRoot> = {
    shop: app('acme/shop'),
    toy: app('acme/toy'),
    wide: app('acme/shop', 'acme/ledger'),
  }
  const state = kept(await startTestPostgres())
  const broker = kept(await startTestBroker({ databaseUrl: state.url, env: vendor.env }))
  for (const [name, root] of Object.entries(roots))
    await writeFile(join(broker.home, `${name}.json`), JSON.stringify(root), { mode: 0o600 })
  const directory = join(broker.home, 'broker')
  await mkdir(join(directory, 'policies'), { recursive: true })
  const configuration = configure(broker.home, { shop, toy, ledger })
  await writeFile(join(directory, 'broker.yaml'), JSON.stringify(configuration))
  await writeFile(join(directory, 'policies', 'work.cedar'), POLICIES)
  const applied = await broker.cli(['apply', '-f', directory, '--yes'])
  if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr + broker.log())
  const fixer = await broker.enrolAgent('fixer')
  const all = starting.move()
  return {
    vendor,
    broker,
    fixer,
    shop,
    toy,
    ledger,
    authority,
    configuration,
    stop: () => all.disposeAsync(),
  }
}
