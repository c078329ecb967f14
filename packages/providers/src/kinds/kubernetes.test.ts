import type { KubernetesCredential } from '@credbroker/core/credential'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ALL_ACCESS, asRoot, newName, testIo } from '../../../../test/contracts/provider/bench.ts'
import { providerContract } from '../../../../test/contracts/provider.ts'
import { type FakeKubernetes, startKubernetes } from '../../../../test/harness/kubernetes.ts'
import { guardProvider } from '../guard.ts'
import type { MintOrder } from '../provider.ts'
import kubernetes from './kubernetes.ts'

const CONFINED = { 'pod-security.kubernetes.io/enforce': 'baseline' }
const MINTER = ['get,list,create,delete secrets', 'list serviceaccounts', 'create serviceaccounts/token']

/** One cluster of two environments: leases in a namespace of their own, work in another. */
async function startCluster(options?: { readonly pace: number }) {
  const cluster = await startKubernetes(options)
  for (const name of ['agents-staging', 'production']) cluster.namespace(name)
  cluster.namespace('shop', CONFINED)
  const minter = cluster.account('kube-system', 'credbroker')
  cluster.bind(minter, ['get,list namespaces'])
  cluster.bind(minter, MINTER, 'agents-staging')
  const reader = cluster.account('agents-staging', 'reader')
  cluster.bind(reader, ['get,list configmaps', 'get,list pods'], 'shop')
  cluster.put('configmaps', 'shop', 'prices')
  const root = {
    server: cluster.server,
    ca: cluster.ca,
    namespace: 'agents-staging',
    token: cluster.tokenOf(minter),
  }
  const anchors = ['agents-staging', 'shop'].map((name) => `${cluster.id}/${name}`)
  return { cluster, root, reader, anchors, production: `${cluster.id}/production` }
}

const opens = async (cluster: FakeKubernetes, token: string, path: string): Promise<number> => {
  const { ask } = await import('./kubernetes/api.ts')
  const { root } = await import('./kubernetes/root.ts')
  const { z } = await import('zod')
  const as = root.parse({ server: cluster.server, ca: cluster.ca, namespace: 'shop', token })
  return ask(
    as,
    { method: 'GET', path, form: z.unknown(), doing: 'x' },
    testIo(AbortSignal.timeout(5000)),
  ).then(
    (told) => (told ? 200 : 404),
    (error: { readonly code: string; readonly message: string }) =>
      error.message.includes('does not accept') || String(error).includes('accept') ? 401 : 403,
  )
}
const configmaps = '/api/v1/namespaces/shop/configmaps'

// A cluster by whose clock the ten seconds of its caches are half of one.
providerContract('kubernetes', kubernetes, async () => {
  const { cluster, root, anchors, production } = await startCluster({ pace: 20 })
  const broad = cluster.account('kube-system', 'broad')
  cluster.bind(broad, ['get,list namespaces'])
  cluster.bind(broad, [...MINTER, 'delete configmaps'], 'agents-staging')
  const overBroadRoot = { ...root, token: cluster.tokenOf(broad) }
  return {
    root,
    overBroadRoot,
    rootThrough: (port) => ({ ...root, server: `https://127.0.0.1:${port}` }),
    upstream: { host: '127.0.0.1', port: cluster.port },
    rootSecrets: [root.token, overBroadRoot.token],
    spec: { serviceAccount: 'reader', namespace: 'shop' },
    anchors,
    foreignAnchors: [production],
    works: async (credential) => {
      const { token } = credential as KubernetesCredential
      return (await opens(cluster, token.expose(), configmaps)) === 200
    },
    exists: async (name) => cluster.names('secrets', 'agents-staging').includes(name.replaceAll('_', '-')),
    plant: async (name) => {
      const undo = cluster.put('secrets', 'agents-staging', name.replaceAll('_', '-'))
      return async () => undo()
    },
    advance: async (seconds) => cluster.setClockAhead(seconds),
    close: () => cluster.stop(),
  }
})

describe('tokens of service accounts', () => {
  let world: Awaited<ReturnType<typeof startCluster>>
  let cluster: FakeKubernetes
  const provider = () => guardProvider(kubernetes, { io: testIo })
  beforeAll(async () => {
    world = await startCluster()
    cluster = world.cluster
  })
  beforeEach(() => {
    cluster.incomplete = false
  })
  afterAll(() => cluster.stop())

  const order = (change: Partial<MintOrder> = {}): MintOrder => ({
    name: newName(),
    ttlSeconds: 600,
    expiresAt: new Date(Date.now() + 600_000),
    within: { anchors: world.anchors, access: ALL_ACCESS },
    labels: { agent: 'agent:ci', owner: 'user:ada', task: 'tsk_1', environment: 'staging' },
    ...change,
  })
  let accounts = 0
  /** An account of its own with these rights in `shop`. */
  const having = (rules: readonly string[], namespace: string | undefined = 'shop') => {
    const serviceAccount = `own-${++accounts}`
    cluster.bind(cluster.account('agents-staging', serviceAccount), rules, namespace)
    return { serviceAccount, namespace: 'shop' }
  }
  const everywhere = (rules: readonly string[]) => {
    const serviceAccount = `own-${++accounts}`
    cluster.bind(cluster.account('agents-staging', serviceAccount), rules)
    return { serviceAccount, namespace: 'shop' }
  }
  const assess = (spec: { serviceAccount: string; namespace: string }) =>
    provider().assess(asRoot(world.root), spec)
  const mint = (spec: { serviceAccount: string; namespace: string }, made = order()) =>
    provider().mint(asRoot(world.root), spec, made)
  const codes = ({ findings }: { readonly findings: readonly { readonly code: string }[] }) =>
    findings.map(({ code }) => code)

  it.each([
    [['get,list configmaps'], ['read']],
    [['create,patch configmaps'], ['read', 'write']],
    [['delete configmaps'], ['read', 'delete']],
    [['get secrets'], ['read', 'secret']],
    [['patch deployments.apps'], ['read', 'write', 'admin', 'secret', 'execute']],
    [['create pods/eviction'], ['read', 'write', 'delete']],
    [['update deployments.apps/scale'], ['read', 'write', 'delete']],
    [['create networkpolicies.networking.k8s.io'], ['read', 'write', 'admin']],
    [['patch services'], ['read', 'write', 'admin']],
    [['get widgets.acme.example'], ['read', 'admin']],
  ])('I4b who may %o has %o', async (rules, access) => {
    const seen = await assess(having(rules))
    expect(seen.access).toEqual(access)
    expect(codes(seen)).toEqual([])
    expect(seen.reach).toEqual([`${cluster.id}/shop`])
  })

  it.each([
    ['watches', ['watch pods']],
    ['follows logs', ['get pods/log']],
    ['opens shells', ['create pods/exec']],
    ['forwards ports', ['get pods/portforward']],
    ['asks what nobody knows', ['get widgets.acme.example/console']],
    ['reads all there is, logs among it', ['get *']],
  ])('I8 nothing is minted for who %s: that would go on', async (_, rules) => {
    const spec = having(rules)
    expect(codes(await assess(spec))).toContain('endless-streams')
    await expect(mint(spec)).rejects.toMatchObject({ code: 'reach_refused' })
  })

  it.each([
    ['a Secret', ['create secrets']],
    ['a token', ['create serviceaccounts/token']],
    ['a binding', ['create rolebindings.rbac.authorization.k8s.io']],
    ['anything', ['* *']],
    ['another identity', ['impersonate serviceaccounts']],
  ])('I7 nothing is minted for who could leave %s behind', async (_, rules) => {
    const spec = having(rules)
    const seen = await assess(spec)
    expect(codes(seen)).toContain('lasting-rights')
    expect(seen.access).toContain('admin')
    await expect(mint(spec)).rejects.toMatchObject({ code: 'reach_refused' })
  })

  it('I2 an account with a right in the whole cluster, or in another environment, mints nothing', async () => {
    const wide = everywhere(['get configmaps'])
    const seen = await assess(wide)
    expect(seen.reach).toEqual([cluster.id, `${cluster.id}/shop`])
    expect(codes(seen)).toContain('cluster-wide')
    await expect(mint(wide)).rejects.toMatchObject({ code: 'reach_refused' })
    const elsewhere = having(['get configmaps'], 'production')
    expect((await assess(elsewhere)).reach).toEqual([world.production, `${cluster.id}/shop`])
    await expect(mint(elsewhere)).rejects.toMatchObject({ code: 'reach_refused' })
  })

  it('I2 an account with a right where the leases are mints nothing', async () => {
    expect(codes(await assess(having(['get secrets'], 'agents-staging')))).toContain('own-namespace')
  })

  it('I2 pods are started only where they are kept from their node', async () => {
    cluster.namespace('loose')
    const spec = having(['create pods'], 'loose')
    expect(codes(await assess(spec))).toContain('pods-unconfined')
  })

  it('I2 where the API server does not name all rules, nothing is minted and no root is whole', async () => {
    cluster.incomplete = true
    const spec = { serviceAccount: 'reader', namespace: 'shop' }
    expect(await assess(spec)).toMatchObject({ access: ['read', 'admin'] })
    await expect(mint(spec)).rejects.toMatchObject({ code: 'reach_refused' })
    const own = await startCluster()
    own.cluster.incomplete = true
    expect(await provider().inspect(asRoot(own.root))).toMatchObject({ complete: false })
    await own.cluster.stop()
  })

  it('I2 a root of more accounts than can be looked at is not whole', async () => {
    for (let at = 0; at < 20; at++) having(['get configmaps'])
    const seen = await provider().inspect(asRoot(world.root))
    expect(seen.complete).toBe(false)
    expect(codes(seen)).toContain('many-accounts')
  })

  it('I2 a right that came between decision and mint is seen, and nothing is left of the token', async () => {
    const spec = having(['get configmaps'])
    await assess(spec)
    cluster.bind(`system:serviceaccount:agents-staging:${spec.serviceAccount}`, ['delete configmaps'], 'shop')
    const made = order({ within: { anchors: world.anchors, access: ['read'] } })
    await expect(mint(spec, made)).rejects.toMatchObject({ code: 'reach_refused' })
    expect(cluster.names('secrets', 'agents-staging')).toEqual([])
  })

  it('I8 a token is dead when the caches of every API server have forgotten it, and not before', async () => {
    const made = order()
    const { credential, handle } = await mint({ serviceAccount: 'reader', namespace: 'shop' }, made)
    const token = (credential as KubernetesCredential).token.expose()
    expect(await opens(cluster, token, configmaps)).toBe(200)
    const lease = {
      name: made.name,
      spec: { serviceAccount: 'reader', namespace: 'shop' },
      expiresAt: made.expiresAt,
    }
    const revoke = () => provider().revocation?.revoke(asRoot(world.root), { ...lease, handle })
    const first = await revoke()
    expect(first).toMatchObject({ credentialDead: false, sessionsDead: false, deadBy: expect.any(Date) })
    // Just seen, so still believed: what was said is true.
    expect(await opens(cluster, token, configmaps)).toBe(200)
    cluster.setClockAhead(12)
    expect(await opens(cluster, token, configmaps)).toBe(401)
    expect(await revoke()).toEqual({ credentialDead: true, sessionsDead: true })
    expect(cluster.names('secrets', 'agents-staging')).toEqual([])
    cluster.setClockAhead(0)
  })

  it('I2 what a root reaches is where it may act, and where the accounts of its namespace may', async () => {
    const own = await startCluster()
    const inspect = () => provider().inspect(asRoot(own.root))
    expect(await inspect()).toMatchObject({ reach: own.anchors, complete: true, findings: [] })
    own.cluster.bind(own.reader, ['get pods'], 'production')
    expect((await inspect()).reach).toContain(own.production)
    own.cluster.bind('system:serviceaccount:kube-system:credbroker', ['create secrets'], 'production')
    const wide = await inspect()
    expect(wide.reach).toContain(own.cluster.id)
    expect(codes(wide)).toContain('more-than-minting')
    await own.cluster.stop()
  })

  it.each<[string, FirstOf<FakeKubernetes['bend']>, string]>([
    ['a form of its own', () => ({ status: 201, body: 'x' }), 'vendor_refused'],
    ['a life that was not asked for', ({ body }) => ({ status: 201, body: forEver(body) }), 'internal'],
    ['an error of its own', () => ({ status: 503, body: {} }), 'vendor_unavailable'],
  ])('I3 that the API server answers with %s hands nothing out', async (_, bent, code) => {
    cluster.bend(/\/token$/, bent)
    await expect(mint({ serviceAccount: 'reader', namespace: 'shop' })).rejects.toMatchObject({ code })
  })

  it('a client certificate is a root as well, and is not shown where a token speaks', async () => {
    const { certificate, key, user } = cluster.client
    cluster.bind(user, ['get,list namespaces'])
    cluster.bind(user, MINTER, 'agents-staging')
    const { token: _, ...root } = { ...world.root, client: { certificate, key } }
    const spec = having(['get configmaps'])
    const minted = await provider().mint(asRoot(root), spec, order())
    const { token } = minted.credential as KubernetesCredential
    expect(await opens(cluster, token.expose(), `${configmaps}/prices`)).toBe(200)
    expect((await provider().assess(asRoot(root), spec)).access).toEqual(['read'])
    for (const wrong of [
      { ...root, token: world.root.token },
      { ...root, client: undefined },
    ])
      expect(() => provider().checkRoot(asRoot(wrong))).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      )
  })

  it('a scope over no account, or in no namespace, is told so', async () => {
    for (const spec of [
      { serviceAccount: 'nobody', namespace: 'shop' },
      { serviceAccount: 'reader', namespace: 'nowhere' },
    ])
      await expect(assess(spec)).rejects.toMatchObject({ code: 'vendor_refused' })
  })
})

type FirstOf<F> = F extends (path: RegExp, change: infer Change) => void ? Change : never

const forEver = (body: unknown) => {
  const { status } = body as { readonly status: object }
  return { ...(body as object), status: { ...status, expirationTimestamp: '2099-01-01T00:00:00Z' } }
}
