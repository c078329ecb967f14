import type { GithubCredential } from '@credbroker/core/credential'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asRoot, testIo } from '../../../../test/contracts/provider/bench.ts'
import { providerContract } from '../../../../test/contracts/provider.ts'
import { type AppRoot, type FakeGithub, startGithub } from '../../../../test/harness/github.ts'
import { guardProvider } from '../guard.ts'
import type { MintOrder } from '../provider.ts'
import githubApp from './github-app.ts'

const PERMISSIONS = { contents: 'write', issues: 'write', actions: 'write', metadata: 'read' }

async function setup() {
  const github = await startGithub()
  const shop = github.repository('acme/shop')
  const ledger = github.repository('acme/ledger')
  return { github, shop, ledger, root: github.app({ repositories: ['acme/shop'], permissions: PERMISSIONS }) }
}

/** Enough of a key to know it by. */
const oneLine = (pem: string) => pem.split('\n')[3] ?? ''

const call = (github: FakeGithub, token: string, method: string, path: string) =>
  fetch(`${github.origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    redirect: 'manual',
  })

for (const named of [false, true])
  providerContract(`github-app with ${named ? 'names' : 'ids'}`, githubApp, async () => {
    const { github, shop, ledger, root } = await setup()
    const broad = github.app({
      repositories: ['acme/shop'],
      permissions: { ...PERMISSIONS, administration: 'write' },
      all: true,
    })
    return {
      root: { ...root },
      overBroadRoot: { ...broad },
      rootSecrets: [oneLine(root.privateKey), root.privateKey, broad.privateKey],
      spec: {
        repositories: [named ? 'acme/shop' : shop],
        permissions: { contents: 'write', actions: 'read' },
      },
      anchors: [shop],
      foreignAnchors: [ledger],
      async works(credential) {
        const { token } = credential as GithubCredential
        const { status } = await call(github, token.expose(), 'GET', '/repos/acme/shop/contents/a')
        if (status !== 200) github.setClockAhead(0)
        return status === 200
      },
      advance: async (seconds) => github.setClockAhead(seconds),
      close: () => github.stop(),
    }
  })

describe('tokens of a GitHub App', () => {
  let github: FakeGithub
  let shop: string
  let ledger: string
  let root: AppRoot
  const provider = () => guardProvider(githubApp, { io: testIo })

  beforeAll(async () => {
    ;({ github, shop, ledger, root } = await setup())
  })
  afterAll(() => github.stop())

  const order = (change: Partial<MintOrder> = {}): MintOrder => ({
    name: 'brk_test_1',
    ttlSeconds: 3600,
    expiresAt: new Date(Date.now() + 3_600_000),
    within: { anchors: [shop], access: ['read', 'write', 'delete', 'admin', 'secret', 'execute'] },
    labels: { agent: 'agent:ci', owner: 'user:ada', task: 'tsk_1', environment: 'staging' },
    ...change,
  })
  const spec = (permissions: object = { contents: 'read' }, repositories: string[] = [shop]) => ({
    repositories,
    permissions: { ...permissions },
  })
  const mint = (of = spec()) => provider().mint(asRoot({ ...root }), of, order())
  const tokenOf = async (of = spec()) => ((await mint(of)).credential as GithubCredential).token.expose()

  it('do what their scope says, in its repositories, and nothing else', async () => {
    const token = await tokenOf(spec({ contents: 'read' }))
    const status = async (method: string, path: string) => (await call(github, token, method, path)).status
    expect(await status('GET', '/repos/acme/shop/contents/a')).toBe(200)
    expect(await status('PUT', '/repos/acme/shop/contents/a')).toBe(403)
    expect(await status('POST', '/repos/acme/shop/issues')).toBe(403)
    expect(await status('GET', '/repos/acme/ledger')).toBe(404)
  })

  it.each([
    [{ contents: 'read' }, ['read']],
    [{ statuses: 'write' }, ['read', 'write']],
    [{ contents: 'write' }, ['read', 'write', 'delete']],
    [{ actions: 'write' }, ['read', 'write', 'delete', 'execute']],
    [{ workflows: 'write' }, ['read', 'write', 'execute']],
    [{ secrets: 'write' }, ['read', 'delete', 'admin', 'secret']],
    [{ secrets: 'read' }, ['read', 'secret']],
    [{ environments: 'write' }, ['read', 'admin']],
  ])('I4b %o is %o', async (permissions, access) => {
    expect((await provider().assess(asRoot({ ...root }), spec(permissions))).access).toEqual(access)
  })

  it.each([
    ['who can leave a key behind', { administration: 'write' }],
    ['who can leave a hook behind', { repository_hooks: 'write' }],
    ['an organisation', { members: 'read' }],
    ['what nobody knows', { everything: 'write' }],
    ['a level above all', { contents: 'admin' }],
    ['nothing, which GitHub takes for everything', {}],
  ])('no scope asks for %s', (_, permissions) => {
    expect(() => provider().checkSpec(spec(permissions))).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    )
  })

  it('no scope asks for no repository, which GitHub takes for all, or for those of two owners', () => {
    for (const repositories of [[], ['*'], ['acme/*'], ['acme/a', 'other/b'], ['acme/a', 'Acme/A'], ['..']])
      expect(() => provider().checkSpec(spec({ contents: 'read' }, repositories))).toThrow()
  })

  it('I2 a name that belongs to another repository by now mints nothing', async () => {
    const old = github.repository('acme/old')
    const own = github.app({ repositories: ['acme/shop', 'acme/old'], permissions: PERMISSIONS })
    const of = spec({ contents: 'read' }, ['acme/old'])
    const within = { anchors: [old], access: ['read'] } as const
    const ask = () => provider().mint(asRoot({ ...own }), of, order({ within }))
    expect((await ask()).credential.form).toBe('github')
    github.rename('acme/old', 'acme/older')
    await expect(ask()).rejects.toMatchObject({ code: 'vendor_refused' })
    github.rename('acme/shop', 'acme/old')
    await expect(ask()).rejects.toMatchObject({ code: 'reach_refused' })
    github.rename('acme/old', 'acme/shop')
  })

  it('I2 an answer with more than was asked for is taken back and handed to nobody', async () => {
    for (const more of [
      { permissions: { contents: 'write' } },
      { permissions: { contents: 'read', administration: 'read' } },
      { repositories: [{ id: Number(ledger), full_name: 'acme/ledger' }] },
      { repositories: [] },
      { repositories: undefined },
      { repository_selection: 'all' },
    ]) {
      const before = github.liveTokens
      github.bend(/access_tokens/, ({ status, body }) => ({ status, body: { ...(body as object), ...more } }))
      await expect(mint(), JSON.stringify(more)).rejects.toMatchObject({ code: 'reach_refused' })
      expect(github.liveTokens).toBe(before)
    }
  })

  it('I3 a token that lives longer than an hour is taken back and handed to nobody', async () => {
    const before = github.liveTokens
    github.bend(/access_tokens/, ({ status, body }) => ({
      status,
      body: { ...(body as object), expires_at: '2099-01-01T00:00:00Z' },
    }))
    await expect(mint()).rejects.toMatchObject({ code: 'internal' })
    expect(github.liveTokens).toBe(before)
  })

  it('a vendor whose clock runs ahead issues tokens of an hour all the same', async () => {
    github.setClockAhead(50)
    const { expiresAt } = await mint()
    expect(Math.abs(expiresAt.getTime() - Date.now() - 3_600_000)).toBeLessThan(10_000)
    github.setClockAhead(0)
  })

  it.each([
    ['nothing', () => undefined, 'vendor_unavailable'],
    ['an error of its own', () => ({ status: 502, body: {} }), 'vendor_unavailable'],
    [
      'a limit of its rate',
      () => ({ status: 403, body: { message: 'API rate limit exceeded' } }),
      'vendor_unavailable',
    ],
    ['a redirect', () => ({ status: 301, body: { url: '/elsewhere' } }), 'vendor_refused'],
    ['a page', () => ({ status: 201, body: 'x' }), 'vendor_refused'],
    ['another key', () => ({ status: 401, body: {} }), 'root_unusable'],
  ])('that GitHub answers with %s is an error of ours', async (_, bent, code) => {
    github.bend(/access_tokens/, bent)
    await expect(mint()).rejects.toMatchObject({ code })
  })

  it('I8 a token is dead once GitHub refuses it, and not because GitHub said so', async () => {
    const { handle } = await mint()
    const lease = { name: 'brk_test_1', spec: spec(), expiresAt: new Date(Date.now() + 900_000), handle }
    const revoke = () => provider().revocation?.revoke(asRoot({ ...root }), lease)
    github.bend(/installation\/token/, () => ({ status: 204, body: undefined }))
    github.bend(/installation\/repositories/, () => ({ status: 200, body: {} }))
    expect(await revoke()).toMatchObject({ credentialDead: false, deadBy: expect.any(Date) })
    github.bend(/installation\/token/, () => ({ status: 500, body: {} }))
    await expect(revoke()).rejects.toMatchObject({ code: 'vendor_unavailable' })
    expect(await revoke()).toEqual({ credentialDead: true, sessionsDead: true })
  })

  it('I2 the key of an App reaches every installation of it', async () => {
    const own = github.app({ repositories: ['acme/shop'], permissions: PERMISSIONS })
    github.install(own, ['acme/ledger'], PERMISSIONS)
    const seen = await provider().inspect(asRoot({ ...own }))
    expect(seen.reach).toEqual([shop, ledger].sort())
    expect(seen.findings.map(({ code }) => code)).toContain('several-installations')
    github.suspend(own)
    const suspended = await provider().inspect(asRoot({ ...own }))
    expect(suspended).toMatchObject({ complete: false })
    expect(suspended.findings.map(({ code }) => code)).toContain('suspended')
  })

  it('more repositories than one page are all read, and none is left with a token to read them', async () => {
    const names = Array.from({ length: 130 }, (_, at) => `acme/many-${at}`)
    const ids = names.map((name) => github.repository(name))
    const own = github.app({ repositories: names, permissions: PERMISSIONS })
    const before = github.liveTokens
    const { reach, complete } = await provider().inspect(asRoot({ ...own }))
    expect({ reach, complete }).toEqual({ reach: ids.sort(), complete: true })
    expect(github.liveTokens).toBe(before)
  })

  it('an installation that is not the App’s is no root', async () => {
    const { findings } = await provider().inspect(asRoot({ ...root, installationId: '1' }))
    expect(findings.map(({ code }) => code)).toContain('not-installed')
  })
})
