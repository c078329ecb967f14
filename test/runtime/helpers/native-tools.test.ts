import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LeaseView } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { STAGING_POLICY, writeFiles } from '../../e2e/shops.ts'
import { finished, type Identity, startTestBroker, type TestBroker } from '../../harness/broker.ts'
import { MAIN } from '../../harness/command.ts'
import { GIT_ENV } from '../../harness/git-server.ts'
import { type GithubHost, startGithubHost } from '../../harness/github-host.ts'
import { type FakeKubernetes, startKubernetes } from '../../harness/kubernetes.ts'
import { startTestPostgres, type TestPostgres } from '../../harness/postgres.ts'
import { needs } from '../../harness/services.ts'

vi.setConfig({ testTimeout: 120_000 })

const noKubectl = await needs('kubectl')
const noGit = await needs('git')

let cluster: FakeKubernetes
let github: GithubHost
let state: TestPostgres
let broker: TestBroker
let agent: Identity
let folder: string
let rootToken: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credbroker-tools-'))
  // Its caches forget within two seconds of ours.
  cluster = await startKubernetes({ pace: 5 })
  for (const name of ['agents', 'shop', 'live']) cluster.namespace(name)
  const minter = cluster.account('kube-system', 'credbroker')
  cluster.bind(minter, ['get,list namespaces'])
  const minting = ['get,list,create,delete secrets', 'list serviceaccounts', 'create serviceaccounts/token']
  cluster.bind(minter, minting, 'agents')
  cluster.bind(cluster.account('agents', 'editor'), ['get,list,create,delete configmaps'], 'shop')
  for (const namespace of ['shop', 'live']) cluster.put('configmaps', namespace, 'prices')
  github = await startGithubHost()
  const shop = github.api.repository('acme/shop')
  await github.git.repository('acme/shop')
  state = await startTestPostgres()
  broker = await startTestBroker({ databaseUrl: state.url, env: github.env })
  rootToken = cluster.tokenOf(minter)
  const roots = {
    cluster: { server: cluster.server, ca: cluster.ca, namespace: 'agents', token: rootToken },
    app: github.app(['acme/shop'], { contents: 'write', metadata: 'read' }),
  }
  for (const [name, root] of Object.entries(roots))
    await writeFile(join(broker.home, `${name}.json`), JSON.stringify(root), { mode: 0o600 })
  const files = await writeFiles(
    join(broker.home, 'broker'),
    `version: 1
environments:
  staging:
    tier: disposable
    anchors:
      - { vendor: kubernetes, id: "${cluster.id}/agents" }
      - { vendor: kubernetes, id: "${cluster.id}/shop" }
      - { vendor: github, id: "${shop}" }
users:
  mia: { roles: [operator, viewer] }
agents:
  fixer: { owner: mia }
roots:
  cluster: { provider: kubernetes, environment: staging, owner: mia, secret: "file:${broker.home}/cluster.json" }
  app: { provider: github-app, environment: staging, owner: mia, secret: "file:${broker.home}/app.json" }
scopes:
  prices: { root: cluster, environment: staging, maxTtl: 1h, allow: { serviceAccount: editor, namespace: shop } }
  prices-brief: { root: cluster, environment: staging, maxTtl: 8s, allow: { serviceAccount: editor, namespace: shop } }
  shop: { root: app, environment: staging, maxTtl: 1h, allow: { repositories: ["${shop}"], permissions: { contents: write } } }
  shop-brief: { root: app, environment: staging, maxTtl: 8s, allow: { repositories: ["${shop}"], permissions: { contents: write } } }
`,
    {
      'staging.cedar': STAGING_POLICY.replace(
        '[Action::"read", Action::"write"]',
        '[Action::"read", Action::"write", Action::"delete"]',
      ),
    },
  )
  const applied = await broker.cli(['apply', '-f', files, '--yes'])
  if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr + broker.log())
  agent = await broker.enrolAgent('fixer')
}, 180_000)
afterAll(async () => {
  await broker?.stop()
  await Promise.all([state?.stop(), cluster?.stop(), github?.stop()])
  if (folder) await rm(folder, { recursive: true, force: true })
})

const spawning = (scope: string, command: readonly string[]) =>
  broker.spawnCli(['exec', '--env', 'staging', '--scope', scope, '--purpose', 'x', '--', ...command], {
    profile: 'fixer',
    env: {
      ...GIT_ENV,
      GIT_SSL_CAINFO: github.caFile,
      KUBECONFIG: '/nowhere',
      NODE: process.execPath,
      CLI: MAIN,
      TMPDIR: folder,
    },
  })
const exec = (scope: string, ...command: string[]) => finished(spawning(scope, command))
/** A shell that stops at the first failure. `$BROKER` is the command line. */
const spawned = (scope: string, text: string) =>
  spawning(scope, ['sh', '-euc', `BROKER="$NODE $CLI"\n${text}`])
const script = (scope: string, text: string) => finished(spawned(scope, text))
/** Until another credential is in use than at first: by then the first one is at its end. */
const untilRenewed = (...helper: string[]) =>
  `ask() { printf 'protocol=https\\nhost=${github.host}\\n\\n' | "$NODE" "$GH_CONFIG_DIR/helper.mjs" ${helper.join(' ')}; }
   first=$(ask); until now=$(ask) && [ "$now" != "$first" ]; do sleep 0.2; done`
const leftovers = () => readdirSync(folder).filter((name) => name.startsWith('credbroker-exec-'))
const leases = async () =>
  (await broker.admin.request<{ items: LeaseView[] }>({ method: 'GET', path: '/v1/leases' })).items

describe.skipIf(noKubectl)('kubectl, as it is', () => {
  it('works in the namespace of its scope, and nowhere else', async () => {
    const ran = await script(
      'prices',
      `kubectl get configmaps -o name; kubectl delete configmap prices --wait=false; $BROKER credential prices | grep -o ExecCredential`,
    )
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('configmap/prices\n') })
    expect(cluster.names('configmaps', 'shop')).toEqual([])
    cluster.put('configmaps', 'shop', 'prices')
    const denied = await exec('prices', 'kubectl', 'get', 'configmaps', '-n', 'live')
    expect(denied.code).not.toBe(0)
    expect(denied.stderr).toContain('cannot list configmaps')
  })

  it('goes on with another token when the first has ended', async () => {
    const before = cluster.seen.size
    const ran = await script(
      'prices-brief',
      `kubectl get configmaps -o name
       ${untilRenewed('prices-brief', 'exec-credential')}
       kubectl get configmaps -o name`,
    )
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'configmap/prices\nconfigmap/prices\n' })
    expect(cluster.seen.size - before).toBeGreaterThanOrEqual(2)
  })

  it('I1, I8 finds no token in variables, and none is left: neither a file nor a Secret', async () => {
    const ran = await script('prices', `env; cat "$KUBECONFIG"; kubectl get configmaps -o name`)
    expect(ran.code, ran.stderr).toBe(0)
    for (const token of [rootToken, ...cluster.seen]) expect(ran.stdout.includes(token)).toBe(false)
    expect(ran.stdout).toContain(`=${folder}/credbroker-exec-`)
    expect(leftovers()).toEqual([])
    expect((await leases()).find(({ scope }) => scope === 'prices')).toMatchObject({ provider: 'kubernetes' })
    await vi.waitUntil(() => cluster.names('secrets', 'agents').length === 0, {
      timeout: 60_000,
      interval: 200,
    })
  })
})

describe.skipIf(noGit)('git, as it is', () => {
  const clone = (name: string) =>
    `cd ${folder}; git clone -q ${github.origin}/acme/shop.git ${name}; cd ${name}`
  const commit = (text: string) =>
    `echo ${text} >> README; git commit -qam ${text}; git push -q origin HEAD:refs/heads/${text}`

  it('clones and pushes, with a token in no variable', async () => {
    const ran = await script('shop', `${clone('one')}; ${commit('one')}; env`)
    expect(ran.code, ran.stderr).toBe(0)
    expect(await github.git.ref('acme/shop', 'refs/heads/one')).toMatch(/^[0-9a-f]{40}$/)
    for (const token of github.seen) expect(ran.stdout.includes(token)).toBe(false)
    expect(ran.stdout).not.toMatch(/^(GH|GITHUB)_TOKEN=/m)
  })

  it('pushes with another token when the one it cloned with has ended', async () => {
    const before = github.seen.size
    const ran = await script(
      'shop-brief',
      `${clone('two')}; ${untilRenewed('shop-brief', 'git', 'get')}; ${commit('two')}`,
    )
    expect(ran.code, ran.stderr).toBe(0)
    expect(await github.git.ref('acme/shop', 'refs/heads/two')).toMatch(/^[0-9a-f]{40}$/)
    expect(github.seen.size - before).toBeGreaterThanOrEqual(2)
  })

  it('is refused with a reason once an operator has ended the task, and what outlived the run as well', async () => {
    const flag = join(folder, 'ended')
    const running = spawned(
      'shop',
      `until [ -e ${flag} ]; do sleep 0.1; done
       until git ls-remote ${github.origin}/acme/shop.git 2>&1 | grep credbroker; do sleep 0.2; done`,
    )
    let said = ''
    running.stderr?.on('data', (chunk) => {
      said += chunk
    })
    const ended = finished(running)
    await vi.waitUntil(() => said.includes('task tsk_'), { timeout: 30_000 })
    const [, task = ''] = /task (tsk_\w+)/.exec(said) ?? []
    await broker.admin.request({ method: 'POST', path: `/v1/tasks/${task}/end` })
    await writeFile(flag, '')
    const ran = await ended
    // Until the run hears of it, git is refused by the server.
    expect(ran.stdout, ran.stderr).toBe('credbroker: the task of this run has ended (done)\n')
    const late = join(folder, 'late')
    await script(
      'shop',
      `(while [ -d "$GH_CONFIG_DIR" ]; do sleep 0.1; done; git ls-remote ${github.origin}/acme/shop.git > ${late} 2>&1 || echo done >> ${late}) &`,
    )
    const heard = async () => await readFile(late, 'utf8').catch(() => '')
    await vi.waitUntil(async () => (await heard()).endsWith('done\n'), { timeout: 30_000 })
    expect(await heard()).toContain('credbroker: the run these credentials belong to has ended')
  })
})

describe('broker credential, outside of a run', () => {
  it('answers git and docker in their protocols, by a task and an agent’s profile', async () => {
    const wanted = { environment: 'staging', purpose: 'x', scopes: ['shop', 'prices'] }
    const task = await agent.client.startTask(wanted)
    const ask = (stdin: string, ...args: string[]) =>
      broker.cli(['credential', ...args], { profile: 'fixer', env: { BROKER_TASK: task.id }, stdin })
    const got = await ask(`protocol=https\nhost=${github.host}\n\n`, 'shop', 'get', '--form', 'git')
    expect(got.stdout, got.stderr).toMatch(
      /^username=x-access-token\npassword=ghs_.*\npassword_expiry_utc=\d+\n$/,
    )
    expect(
      (await ask('protocol=https\nhost=gitlab.example\n\n', 'shop', 'get', '--form', 'git')).stdout,
    ).toBe('')
    const kube = await ask('', 'prices')
    expect(JSON.parse(kube.stdout)).toMatchObject({
      kind: 'ExecCredential',
      status: { token: expect.any(String) },
    })
    await task.end()
    const stale = await ask(`protocol=https\nhost=${github.host}\n\n`, 'shop', 'get', '--form', 'git')
    expect(stale).toMatchObject({ stdout: '' })
    expect(stale.code).not.toBe(0)
  })
})
