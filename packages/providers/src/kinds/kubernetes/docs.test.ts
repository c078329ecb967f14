import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { asRoot, testIo } from '../../../../../test/contracts/provider/bench.ts'
import { startKubernetes } from '../../../../../test/harness/kubernetes.ts'
import { guardProvider } from '../../guard.ts'
import kubernetes from '../kubernetes.ts'

const page = () => readFile(new URL('../../../../../docs/providers/kubernetes.md', import.meta.url), 'utf8')
const provider = guardProvider(kubernetes, { io: testIo })

/** The rules of the Role or ClusterRole that ends in this namespace, in short. */
const rulesOf = (text: string, kind: string): string[] => {
  const document = text.split('---').find((each) => each.includes(`\nkind: ${kind}\n`)) ?? ''
  const rules = document.matchAll(/resources: \[([a-z/]+)\], verbs: \[([a-z, ]+)\]/g)
  return [...rules].map(([, resource, verbs = '']) => `${verbs.replaceAll(' ', '')} ${resource}`)
}

it('the roles of docs/providers/kubernetes.md make a root without findings that mints', async () => {
  const text = await page()
  const cluster = await startKubernetes()
  for (const name of ['agents-staging', 'credbroker', 'shop']) cluster.namespace(name)
  const staging = cluster.account('credbroker', 'staging')
  cluster.bind(staging, rulesOf(text, 'ClusterRole'))
  cluster.bind(staging, rulesOf(text, 'Role'), 'agents-staging')
  cluster.bind(
    cluster.account('agents-staging', 'editor'),
    ['get,list,create,update,patch configmaps'],
    'shop',
  )
  const { server, ca } = cluster
  const root = asRoot({ server, ca, namespace: 'agents-staging', token: cluster.tokenOf(staging) })
  const anchors = ['agents-staging', 'shop'].map((name) => `${cluster.id}/${name}`)
  expect(await provider.inspect(root)).toMatchObject({ reach: anchors, complete: true, findings: [] })
  const spec = { serviceAccount: 'editor', namespace: 'shop' }
  expect(await provider.assess(root, spec)).toMatchObject({ access: ['read', 'write'], findings: [] })
  await cluster.stop()
})

it('a root that may make tokens where its own account is reaches more than its environment: so none is rotated by the broker (I2)', async () => {
  expect(provider.rotation).toBeUndefined()
  const text = await page()
  const cluster = await startKubernetes()
  for (const name of ['agents-staging', 'credbroker']) cluster.namespace(name)
  const reachWith = async (rules: readonly string[]) => {
    const staging = cluster.account('credbroker', `staging-${rules.length}`)
    cluster.bind(staging, rulesOf(text, 'ClusterRole'))
    cluster.bind(staging, rulesOf(text, 'Role'), 'agents-staging')
    cluster.bind(staging, rules, 'credbroker')
    const { server, ca } = cluster
    const root = asRoot({ server, ca, namespace: 'agents-staging', token: cluster.tokenOf(staging) })
    return (await provider.inspect(root)).reach
  }
  expect(await reachWith([])).toEqual([`${cluster.id}/agents-staging`])
  expect(await reachWith(['create serviceaccounts/token'])).toContain(cluster.id)
  expect(await reachWith(['create,get secrets', 'delete secrets'])).toContain(cluster.id)
  await cluster.stop()
})

it('docs/providers/kubernetes.md names every finding that can be made', async () => {
  const text = await page()
  const sources = await Promise.all(
    ['inspect.ts', 'judge.ts'].map((file) => readFile(new URL(file, import.meta.url), 'utf8')),
  )
  const codes = sources.flatMap((source) => [...source.matchAll(/unsafe\(\s*'([a-z-]+)'|code: '([a-z-]+)'/g)])
  expect(codes.length).toBeGreaterThan(7)
  for (const [, first, second] of codes) expect(text).toContain(`\`${first ?? second}\``)
})
