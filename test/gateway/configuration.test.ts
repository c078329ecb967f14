import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Simulation } from '@credbroker/core/wire/simulate'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestPostgres } from '../harness/postgres.ts'
import { type FakeRailway, startFakeRailway } from '../harness/railway/server.ts'
import { type Shop, shop } from '../harness/railway/shop.ts'

vi.setConfig({ testTimeout: 60_000 })

describe('what is called through the gateway, from files', () => {
  let railway: Shop
  let vendor: FakeRailway
  let broker: TestBroker
  const world = new AsyncDisposableStack()

  beforeAll(async () => {
    const kept = <Thing extends { stop(): Promise<void> }>(thing: Thing): Thing =>
      world.adopt(thing, (one) => one.stop())
    railway = shop()
    vendor = kept(await startFakeRailway(railway.state))
    const database = kept(await startTestPostgres())
    const env = { ...vendor.upstream.env, BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS: '1' }
    broker = kept(await startTestBroker({ databaseUrl: database.url, env }))
    for (const [name, { secret: token, type }] of Object.entries(railway.tokens))
      await writeFile(
        join(broker.home, `${name}.json`),
        JSON.stringify({ token, type, origin: vendor.upstream.origin }),
        { mode: 0o600 },
      )
  }, 120_000)
  afterAll(() => world.disposeAsync())

  const document = (change: object = {}) => {
    const { project, staging, production } = railway.ids
    const anchors = (id: string) => [{ vendor: 'railway', id: `${project}/${id}` }]
    const allow = { projects: [project], operations: ['query.project', 'deploymentStop', 'volumeDelete'] }
    return {
      version: 1,
      environments: {
        staging: { tier: 'standard', anchors: anchors(staging) },
        production: { tier: 'standard', anchors: anchors(production) },
        quiet: { tier: 'standard' },
      },
      users: { mia: { roles: ['operator'] } },
      agents: { fixer: { owner: 'mia' } },
      roots: {
        account: {
          provider: 'railway',
          owner: 'mia',
          secret: `file:${broker.home}/account.json`,
          recovery: { backups: 'in another account', separateAuthority: true, lastRestoreTest: '2026-04-01' },
        },
      },
      scopes: {
        deploys: { root: 'account', environment: 'staging', maxTtl: '30m', allow },
        live: { root: 'account', environment: 'production', connector: 'railway', access: ['read'], allow },
      },
      ...change,
    }
  }
  const POLICY = `@id("stops")
    permit(principal, action == Action::"railway:deploymentStop", resource in Environment::"staging");
    @id("reads") permit(principal, action in Action::"read", resource);`
  async function run(command: readonly string[], files: object, policy = POLICY) {
    const directory = join(broker.home, 'files')
    await mkdir(join(directory, 'policies'), { recursive: true })
    await writeFile(join(directory, 'broker.yaml'), JSON.stringify(files))
    await writeFile(join(directory, 'policies', 'all.cedar'), policy)
    return await broker.cli([...command, '-f', directory])
  }
  const apply = (files: object, policy?: string) => run(['apply', '--yes'], files, policy)
  const json = async (...args: string[]) => {
    const { stdout, stderr } = await broker.cli([...args, '--json'])
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }

  it('a policy may name any operation of a catalogue, and no other', async () => {
    const unheard = POLICY.replace('deploymentStop', 'volumeDeleteAll')
    const refused = await apply(document(), unheard)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('volumeDeleteAll') })
    expect(vendor.understood).toEqual([])
  })

  it('an account token is taken in as spanning, usable wherever it reaches, and says what nobody claims (I2)', async () => {
    const plan = await run(['apply', '--plan'], document())
    expect(plan.code, plan.stderr).toBe(0)
    expect(plan.stdout).toContain('account')
    const applied = await apply(document())
    expect(applied.code, applied.stderr).toBe(0)
    // What was declared is less than what the calls can do, and that is said.
    expect(applied.stdout + applied.stderr).toMatch(/declared without delete, but its calls can delete/)
    const root = await json('root', 'show', 'account')
    expect(root).toMatchObject({
      state: 'spanning',
      environments: ['production', 'staging'],
      capabilities: [],
      recovery: { separateAuthority: true },
    })
    expect(root.identity).toContain('Jer')
    expect(root.unclaimed).toContain(`${railway.ids.domainsProject}/${railway.ids.domainsEnvironment}`)
    expect(root.findings.map(({ code }: { code: string }) => code)).toEqual([
      'account-token',
      'unclaimed-reach',
    ])
    expect(JSON.stringify(root) + applied.stdout + broker.log()).not.toContain(railway.tokens.account.secret)
  })

  it('a scope says what its calls can do, by which operations (I4b)', async () => {
    const scope = await json('scope', 'show', 'deploys')
    expect(scope).toMatchObject({ connector: 'railway', access: ['read', 'write', 'delete'] })
    expect(scope).not.toHaveProperty('form')
    expect(scope.evidence).toContainEqual({ access: 'delete', because: 'railway:volumeDelete' })
    expect(await json('scope', 'show', 'live')).toMatchObject({
      connector: 'railway',
      environment: 'production',
    })
  })

  it('the same files again change nothing', async () => {
    const again = await run(['apply', '--plan'], document())
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/no changes|nothing/i) })
  })

  it('a task is granted what some call may do, and nothing is minted for it', async () => {
    const fixer = await broker.enrolAgent('fixer')
    const task = await fixer.client.startTask({
      environment: 'staging',
      purpose: 'stop a deployment',
      scopes: ['deploys'],
    })
    const [grant] = task.grants
    expect(grant).toMatchObject({ scope: 'deploys', state: 'active', access: ['read', 'write'] })
    await expect(task.credential('deploys')).rejects.toMatchObject({ code: 'gateway_only' })
    await task.end()
    const simulated = await json('policy', 'explain', '--agent', 'fixer', '--scope', 'deploys')
    expect(simulated).toMatchObject({ verdict: 'permit' })
    expect(simulated.decisions.map(({ access }: { access: string }) => access)).toEqual([
      'read',
      'write',
      'delete',
    ])
    // One operation by its name: in the group of the worst that it can do, and as whatever else it does.
    const call = await broker.admin.request<Simulation>({
      method: 'POST',
      path: '/v1/simulate',
      body: { agent: 'fixer', scope: 'deploys', environment: 'staging', operation: 'railway:volumeDelete' },
    })
    expect(call).toMatchObject({ verdict: 'deny' })
    expect(call.decisions).toContainEqual(
      expect.objectContaining({ access: 'delete', operation: 'railway:volumeDelete', verdict: 'deny' }),
    )
    const other = { agent: 'fixer', scope: 'deploys', environment: 'staging', operation: 'railway:noSuch' }
    await expect(
      broker.admin.request({ method: 'POST', path: '/v1/simulate', body: other }),
    ).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it.each<[string, (files: ReturnType<typeof document>) => object, RegExp]>([
    [
      'an operation that the connector does not know',
      ({ scopes }) => ({
        scopes: { x: { ...scopes.deploys, allow: { ...scopes.deploys.allow, operations: ['launch'] } } },
      }),
      /broker\.yaml:\d+:\d+.*operations/s,
    ],
    [
      'an environment that the root reaches nothing of',
      ({ scopes }) => ({ scopes: { x: { ...scopes.deploys, environment: 'quiet' } } }),
      /reaches nothing that quiet claims/,
    ],
    [
      'another connector than its root is for',
      ({ scopes }) => ({ scopes: { x: { ...scopes.deploys, connector: 'http', allow: {} } } }),
      /http works with roots of http, and account is of railway/,
    ],
    [
      'a root of one environment that reaches several',
      ({ roots }) => ({ roots: { other: { ...roots.account, environment: 'staging' } }, scopes: {} }),
      /declare it without an environment to use it through the gateway only/,
    ],
    [
      'an anchor that is none of the vendor',
      ({ environments }) => ({
        environments: { ...environments, quiet: { anchors: [{ vendor: 'railway', id: 'shop' }] } },
      }),
      /an anchor of railway looks like/,
    ],
  ])('%s is refused, and nothing changes', async (_what, change, message) => {
    const files = document()
    const ran = await apply({ ...files, ...change(files) })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr + ran.stdout).not.toContain(railway.tokens.account.secret)
  })

  it('a token of one environment is usable there', async () => {
    const files = document()
    const project = {
      provider: 'railway',
      owner: 'mia',
      environment: 'staging',
      secret: `file:${broker.home}/project.json`,
    }
    const applied = await apply({ ...files, roots: { ...files.roots, project } })
    expect(applied.code, applied.stderr).toBe(0)
    expect(await json('root', 'show', 'project')).toMatchObject({
      state: 'usable',
      environments: ['staging'],
      unclaimed: [],
    })
  })

  it('a root is checked again, and is not rotated by the broker', async () => {
    const checked = await broker.cli(['root', 'check', 'account'])
    // 5: it reaches more than anybody claims.
    expect(checked).toMatchObject({ code: 5, stdout: expect.stringContaining('no environment claims') })
    expect(await broker.cli(['root', 'rotate', 'account'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('make a new one at the vendor'),
    })
  })

  it('a token that the vendor no longer knows is refused by its word alone', async () => {
    await writeFile(
      join(broker.home, 'dead.json'),
      JSON.stringify({ token: 'no-such-token-4711', type: 'account', origin: vendor.upstream.origin }),
      { mode: 0o600 },
    )
    const files = document()
    const dead = { provider: 'railway', owner: 'mia', secret: `file:${broker.home}/dead.json` }
    const ran = await apply({ ...files, roots: { ...files.roots, dead } })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/cannot be read|refused/)
    expect(ran.stderr).not.toContain('no-such-token')
  })
})
