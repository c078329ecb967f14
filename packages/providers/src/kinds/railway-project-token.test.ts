import type { Credential, RailwayCredential } from '@credbroker/core/credential'
import { afterEach, describe, expect, it } from 'vitest'
import { ALL_ACCESS, asRoot, newName, testIo } from '../../../../test/contracts/provider/bench.ts'
import { providerContract } from '../../../../test/contracts/provider.ts'
import { type FakeRailway, startFakeRailway } from '../../../../test/harness/railway/server.ts'
import { shop } from '../../../../test/harness/railway/shop.ts'
import { guardProvider } from '../guard.ts'
import type { MintOrder } from '../provider.ts'
import railwayProjectToken from './railway-project-token.ts'

async function setup() {
  const { ids, state, tokens } = shop()
  const vendor = await startFakeRailway(state, undefined, { tls: false })
  const { origin, host } = vendor.upstream
  return { ids, state, tokens, vendor, host, root: { token: tokens.workspace.secret, origin } }
}

/** What the vendor says to a token about where an environment lies. */
async function opens(credential: Credential, environment: string): Promise<boolean> {
  const { token, origin } = credential as RailwayCredential
  const answer = await fetch(`${origin}/graphql/v2`, {
    method: 'POST',
    headers: { 'project-access-token': token.expose(), 'content-type': 'application/json' },
    body: JSON.stringify({ query: `{ environment(id: "${environment}") { id } }` }),
  })
  return !('errors' in ((await answer.json()) as object))
}

providerContract('railway-project-token', railwayProjectToken, async () => {
  const { ids, state, tokens, vendor, host, root } = await setup()
  const foreign = `${ids.foreignProject}/${ids.foreignEnvironment}`
  const [name = '', port = ''] = host.split(':')
  const through = (at: number) => ({ ...root, origin: `http://127.0.0.1:${at}` })
  // Of one environment alone, as a root that belongs to an environment is.
  state.projects = state.projects.filter(({ id }) => id === ids.project || id === ids.foreignProject)
  state.environments = state.environments.filter(({ id }) => id !== ids.production)
  return {
    root,
    rootThrough: through,
    upstream: { host: name, port: Number(port) },
    overBroadRoot: { ...root, token: tokens.account.secret },
    rootSecrets: [tokens.workspace.secret, tokens.account.secret],
    spec: { projects: [ids.project] },
    anchors: [`${ids.project}/${ids.staging}`],
    foreignAnchors: [foreign],
    works: (credential) =>
      opens({ ...(credential as RailwayCredential), origin: vendor.upstream.origin }, ids.staging as string),
    exists: async (wanted) => state.tokens.some((each) => each.name === wanted),
    async plant(planted) {
      const at = { id: crypto.randomUUID(), projectId: ids.project, environmentId: ids.staging }
      state.tokens.push({ secret: crypto.randomUUID(), name: planted, type: 'project', workspaces: [], at })
      return async () => {
        state.tokens = state.tokens.filter((each) => each.at?.id !== at.id)
      }
    },
    close: () => vendor.stop(),
  }
})

describe('project tokens of Railway', () => {
  const provider = guardProvider(railwayProjectToken, { io: testIo })
  let vendor: FakeRailway | undefined
  afterEach(() => vendor?.stop())

  async function ready() {
    const all = await setup()
    vendor = all.vendor
    const { ids, root } = all
    const order = (anchors: readonly string[], change: Partial<MintOrder> = {}): MintOrder => ({
      name: newName(),
      ttlSeconds: 60,
      expiresAt: new Date(Date.now() + 60_000),
      within: { anchors, access: ALL_ACCESS },
      labels: { agent: 'agent:ci', owner: 'user:ada', task: 'tsk_1', environment: 'staging' },
      ...change,
    })
    const mint = (anchors: readonly string[], projects: readonly (string | undefined)[] = [ids.project]) =>
      provider.mint(asRoot(root), { projects: projects.map((each) => each ?? '') }, order(anchors))
    const [staging, production] = [`${ids.project}/${ids.staging}`, `${ids.project}/${ids.production}`]
    return { ...all, mint, order, staging, production }
  }

  it('I2 open the one environment that they were made for, though their root opens all', async () => {
    const { mint, staging, ids } = await ready()
    const { credential } = await mint([staging])
    expect(await opens(credential, ids.staging)).toBe(true)
    expect(await opens(credential, ids.production)).toBe(false)
    expect(await opens(credential, ids.domainsEnvironment)).toBe(false)
  })

  it.each([
    ['a whole project', ({ ids }: Awaited<ReturnType<typeof ready>>) => [ids.project]],
    [
      'two environments',
      ({ staging, production }: Awaited<ReturnType<typeof ready>>) => [staging, production],
    ],
    [
      'none of its projects',
      ({ ids }: Awaited<ReturnType<typeof ready>>) => [`${ids.domainsProject}/${ids.domainsEnvironment}`],
    ],
    [
      'an environment of another project',
      ({ ids }: Awaited<ReturnType<typeof ready>>) => [`${ids.project}/${ids.domainsEnvironment}`],
    ],
  ] as const)('I2 none is made for %s', async (_, anchors) => {
    const all = await ready()
    await expect(all.mint(anchors(all) as string[])).rejects.toMatchObject({ code: 'reach_refused' })
    expect(all.vendor.changes).toEqual([])
  })

  it('I7 one that the broker has forgotten is found by its name in any project, and ended by it', async () => {
    const { root, ids, state, order } = await ready()
    const anchors = [`${ids.domainsProject}/${ids.domainsEnvironment}`]
    const made = order(anchors)
    await provider.mint(asRoot(root), { projects: [ids.domainsProject] }, made)
    expect(await provider.sweep?.find(asRoot(root), 'brk_contract_')).toEqual([made.name])
    // What is known of it is only its name, and what some scope of the root says.
    const lease = { name: made.name, spec: { projects: [ids.project] }, expiresAt: new Date() }
    expect(await provider.revocation?.revoke(asRoot(root), lease)).toMatchObject({ credentialDead: true })
    expect(state.tokens.map(({ name }) => name)).not.toContain(made.name)
  })

  it('I8 one that Railway still lists, or whose list it keeps to itself, is not called dead', async () => {
    const { root, mint, order, staging, ids, vendor } = await ready()
    await mint([staging])
    const lease = { name: order([staging]).name, spec: { projects: [ids.project] }, expiresAt: new Date() }
    vendor.upstream.answer(() => ({
      headers: { 'content-type': 'application/json' },
      body: '{"data":null,"errors":[{"message":"Not Authorized"}]}',
    }))
    await expect(
      provider.revocation?.revoke(asRoot(root), { ...lease, handle: { project: ids.project } }),
    ).rejects.toMatchObject({ code: 'vendor_refused' })
    const listed = { edges: [{ node: { id: 'x', name: lease.name } }], pageInfo: { hasNextPage: false } }
    vendor.upstream.answer(({ body }) => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        data: body.includes('projectTokenDelete') ? { projectTokenDelete: true } : { t0: listed },
      }),
    }))
    expect(
      await provider.revocation?.revoke(asRoot(root), { ...lease, handle: { project: ids.project } }),
    ).toMatchObject({ credentialDead: false, sessionsDead: false })
  })

  it('a look for orphans waits for as long as Railway asks, and leaves the last of its patience to revocations', async () => {
    const { root, ids, vendor } = await ready()
    const look = () => provider.sweep?.find(asRoot(root), 'brk_contract_')
    vendor.upstream.answer(() => ({ status: 429, headers: { 'retry-after': '42' }, body: '' }))
    await expect(look()).rejects.toMatchObject({
      code: 'vendor_unavailable',
      details: { retryAfterSeconds: 42 },
    })
    const scarce = { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '24' }
    const empty = { edges: [], pageInfo: { hasNextPage: false } }
    const about = { apiToken: { workspaces: [{ id: 'w' }] }, projects: empty }
    vendor.upstream.answer(({ body }) => ({
      headers: { 'content-type': 'application/json', ...scarce },
      body: JSON.stringify({ data: body.includes('projectTokens(') ? { t0: empty } : about }),
    }))
    vendor.upstream.forget()
    await expect(look()).rejects.toMatchObject({ details: { retryAfterSeconds: 600 } })
    expect(vendor.upstream.hits).toHaveLength(1)
    const lease = { name: newName(), spec: { projects: [ids.project ?? ''] }, expiresAt: new Date() }
    expect(await provider.revocation?.revoke(asRoot(root), lease)).toMatchObject({ credentialDead: true })
  })

  it('I3 no scope can have one handed out', async () => {
    const { root, ids } = await ready()
    const { findings, access } = await provider.assess(asRoot(root), { projects: [ids.project] })
    expect(findings).toMatchObject([{ level: 'unsafe', code: 'no-end' }])
    expect(access).toEqual(ALL_ACCESS)
  })
})
