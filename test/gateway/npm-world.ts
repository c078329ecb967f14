import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ran, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestPostgres } from '../harness/postgres.ts'
import { type Registry, startVerdaccio } from '../harness/verdaccio.ts'

/** A registry that holds two environments, a broker with its token, and an agent with neither. */
export interface NpmWorld {
  readonly registry: Registry
  readonly broker: TestBroker
  /** A folder of the agent's with these files; `package.json` is its manifest. */
  project(name: string, files: Readonly<Record<string, string | object>>): Promise<string>
  /** Real npm, as an agent's shell would run it: through the proxy of `broker exec`, in a folder, with no token. */
  npm(scope: string, folder: string, ...args: string[]): NpmRun
  stop(): Promise<void>
}

/** npm at work. */
export interface NpmRun {
  readonly ended: Promise<Ran>
  /** What it and `broker exec` said so far. */
  readonly said: string
}

const configuration = ({ origin, host }: Registry, home: string) =>
  JSON.stringify({
    version: 1,
    environments: {
      staging: { tier: 'standard', anchors: [{ vendor: 'npm', id: `${host}/@acme` }] },
      production: { tier: 'standard', anchors: [{ vendor: 'npm', id: `${host}/@live` }] },
    },
    users: {
      mia: { roles: ['operator', 'viewer', 'approver'] },
      ada: { roles: ['viewer', 'approver'] },
    },
    agents: { fixer: { owner: 'mia' } },
    roots: { packages: { provider: 'npm', owner: 'mia', secret: `file:${home}/npm.json` } },
    scopes: {
      reader: {
        root: 'packages',
        environment: 'staging',
        // What is live is production's, whatever the scope says.
        allow: { registry: origin, packages: ['@acme/*', '@live/*'], public: ['*'], operations: ['read'] },
      },
      publisher: {
        root: 'packages',
        environment: 'staging',
        allow: { registry: origin, packages: ['@acme/*'], operations: ['read', 'publish', 'distTagSet'] },
      },
    },
  })

/** Publishing is dangerous: the guardrails ask a person, without being told. */
const POLICY = `@id("staging-packages")
permit(principal, action in [Action::"read", Action::"write", Action::"execute"], resource in Environment::"staging");
`

export async function startNpmWorld(): Promise<NpmWorld> {
  await using starting = new AsyncDisposableStack()
  const kept = <Thing extends { stop(): Promise<void> }>(thing: Thing): Thing =>
    starting.adopt(thing, (one) => one.stop())
  const registry = kept(await startVerdaccio())
  const state = kept(await startTestPostgres())
  const broker = kept(await startTestBroker({ databaseUrl: state.url, env: registry.env }))
  const work = await mkdtemp(join(tmpdir(), 'credbroker-npm-'))
  starting.defer(() => rm(work, { recursive: true, force: true }))
  const root = { origin: registry.origin, token: registry.token }
  await writeFile(join(broker.home, 'npm.json'), JSON.stringify(root), { mode: 0o600 })
  const directory = join(broker.home, 'broker')
  await mkdir(join(directory, 'policies'), { recursive: true })
  await writeFile(join(directory, 'broker.yaml'), configuration(registry, broker.home))
  await writeFile(join(directory, 'policies', 'staging.cedar'), POLICY)
  const applied = await broker.cli(['apply', '-f', directory, '--yes'])
  if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr + broker.log())
  await broker.enrolAgent('fixer')

  const settings = {
    npm_config_cache: join(work, 'cache'),
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_fetch_retries: '0',
  }
  const all = starting.move()
  return {
    registry,
    broker,
    async project(name, files) {
      const folder = join(work, name)
      await mkdir(folder, { recursive: true })
      for (const [path, content] of Object.entries(files))
        await writeFile(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content))
      return folder
    },
    npm(scope, folder, ...args) {
      const command = ['npm', '--prefix', folder, ...args]
      const child = broker.spawnCli(
        ['exec', '--env', 'staging', '--scope', scope, '--purpose', 'mend the shop', '--', ...command],
        { profile: 'fixer', env: settings },
      )
      const run = { said: '', ended: new Promise<Ran>(() => {}) }
      let stdout = ''
      let stderr = ''
      child.stdout?.on('data', (text: Buffer) => {
        stdout += text
        run.said += text
      })
      child.stderr?.on('data', (text: Buffer) => {
        stderr += text
        run.said += text
      })
      run.ended = new Promise((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
      })
      return run
    },
    stop: () => all.disposeAsync(),
  }
}
