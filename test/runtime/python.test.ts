import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { environment, startAws } from '../../packages/providers/test/aws-fixture.ts'
import { type Shop, startShop } from '../../packages/providers/test/postgres-fixture.ts'
import { STAGING_POLICY, writeFiles } from '../e2e/shops.ts'
import { ROOT } from '../gateway/world.ts'
import { type Approver, approvers } from '../harness/approver.ts'
import { finished, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { needs, SDK_PYTHON } from '../harness/services.ts'
import { type RecordingUpstream, startUpstream } from '../harness/upstream.ts'

vi.setConfig({ testTimeout: 120_000 })

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const PROJECT = at('../../sdks/python')
const SCRIPTS = at('python')
const EXAMPLES = at('../../examples/python')

const noPython = await needs('pythonSdk')
const aws = noPython ? { moto: undefined as never, skipped: noPython } : await startAws()
const skipped = noPython ?? aws.skipped

let folder: string
let site: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credbroker-python-'))
  site = join(folder, 'site')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const python = (args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = PROJECT) =>
  spawn(SDK_PYTHON, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: folder, PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
const succeeds = async (child: ChildProcess) => {
  const ran = await finished(child)
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  return ran
}

describe.skipIf(noPython)('the Python SDK by itself', () => {
  it('is a wheel that installs with its types', async () => {
    await succeeds(python(['-m', 'hatchling', 'build', '-t', 'wheel', '-d', folder]))
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl')) ?? ''
    const install = ['-m', 'pip', 'install', '-q', '--no-deps', '--no-index', '--target', site]
    await succeeds(python([...install, join(folder, wheel)]))
    expect(await readdir(join(site, 'credbroker'))).toContain('py.typed')
  })

  it('keeps to its types, and so do its example, its documentation and what is tried here', async () => {
    const cache = at('../../dist/python-venv/mypy')
    const shown = (await readFile(at('../../docs/python.md'), 'utf8')).matchAll(/^```python\n(.*?)^```$/gms)
    const documented = join(folder, 'documented.py')
    await writeFile(documented, [...shown].map(([, block]) => block).join('\n'))
    const files = ['src', 'tests', SCRIPTS, EXAMPLES, documented]
    await succeeds(python(['-m', 'mypy', '--strict', '--cache-dir', cache, ...files], { MYPYPATH: 'src' }))
  })

  it('is written as its formatter and its rules have it', async () => {
    const rules = ['--no-cache', '--config', 'pyproject.toml', '.', SCRIPTS, EXAMPLES]
    await succeeds(python(['-m', 'ruff', 'format', '--check', ...rules]))
    await succeeds(python(['-m', 'ruff', 'check', ...rules]))
  })

  it('passes its own tests', async () => {
    await succeeds(python(['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], { PYTHONPATH: 'src' }))
  })
})

describe.skipIf(skipped)('a Python agent', () => {
  let shop: Shop
  let vendor: RecordingUpstream
  let broker: TestBroker
  let mia: Approver
  let account: Awaited<ReturnType<typeof environment>>

  beforeAll(async () => {
    const started = await startShop(18)
    if (!started) throw new Error('PostgreSQL 18 comes with the dependencies')
    shop = started
    vendor = await startUpstream()
    account = await environment(aws.moto, '111111111111')
    broker = await startTestBroker({ databaseUrl: shop.server.url, env: { ...vendor.env } })
    const roots = {
      orders: shop.root,
      reports: account.withRevoker,
      api: { origin: vendor.origin, secret: ROOT },
    }
    for (const [name, root] of Object.entries(roots))
      await writeFile(join(broker.home, `${name}.json`), JSON.stringify(root), { mode: 0o600 })
    const files = await writeFiles(join(broker.home, 'broker'), configuration(), { 'staging.cedar': POLICY })
    const applied = await broker.cli(['apply', '-f', files, '--yes'])
    if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr + broker.log())
    await broker.enrolAgent('fixer')
    mia = (await approvers(broker, 'mia')).mia
    vendor.forget()
  }, 180_000)
  afterAll(async () => {
    await broker?.stop()
    await Promise.all([shop?.close(), vendor?.stop(), aws.moto?.stop()])
  })

  const configuration = () => `version: 1
environments:
  staging:
    tier: standard
    anchors:
      - { vendor: postgres, id: ${shop.anchor('orders')} }
      - { vendor: aws, id: "${account.id}" }
      - { vendor: http, id: "${vendor.host}/staging" }
  production: { tier: standard, anchors: [{ vendor: http, id: "${vendor.host}/production" }] }
users: { mia: { roles: [operator, viewer, approver] } }
agents: { fixer: { owner: mia } }
roots:
  orders: { provider: postgres-role, environment: staging, owner: mia, secret: "file:${broker.home}/orders.json" }
  reports: { provider: aws-sts, environment: staging, owner: mia, secret: "file:${broker.home}/reports.json" }
  api: { provider: http, owner: mia, secret: "file:${broker.home}/api.json" }
scopes:
  orders-ro: { root: orders, environment: staging, maxTtl: 10m, allow: { template: read-only, schemas: [public] } }
  orders-brief: { root: orders, environment: staging, maxTtl: 8s, allow: { template: read-only, schemas: [public] } }
  reports: { root: reports, environment: staging, maxTtl: 1h, allow: { roleArn: "${account.roleArn}", s3: [{ bucket: ${account.reports} }] } }
  reports-brief: { root: reports, environment: staging, maxTtl: 8s, allow: { roleArn: "${account.roleArn}", s3: [{ bucket: ${account.reports} }] } }
  api:
    root: api
    environment: staging
    maxTtl: 30m
    allow:
      operations:
        list: { method: GET, path: /v1/orders, access: [read], anchor: staging, query: { page: number } }
        live: { method: GET, path: /v1/live, access: [read], anchor: production }
        add: { method: POST, path: /v1/orders, access: [write], anchor: staging, body: [total] }
        drop: { method: DELETE, path: "/v1/orders/{order}", access: [delete], anchor: staging, parameters: { order: id }, erases: [primary] }
`

  /** As somebody has it who enrolled on this machine. */
  const script = (name: string, ...args: readonly string[]) =>
    python([join(SCRIPTS, `${name}.py`), ...args], {
      PYTHONPATH: `${site}:${EXAMPLES}`,
      HOME: broker.home,
      XDG_CONFIG_HOME: join(broker.home, 'config'),
      BROKER_PROFILE: 'fixer',
      AWS_ACCESS_KEY_ID: 'ambient',
      AWS_SECRET_ACCESS_KEY: 'ambient',
    })
  const roles = () => shop.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)
  const stateOf = async (id: string) =>
    (await broker.admin.request<{ state: string }>({ method: 'GET', path: `/v1/tasks/${id}` })).state

  it('goes on as another database user and with other AWS keys when the first are at their end (I3), and leaves none behind (I8)', async () => {
    const { stdout } = await succeeds(script('renewal', account.reports))
    const { task, ...said } = JSON.parse(stdout)
    expect(said).toEqual({ count: 2, objects: [2, 2] })
    expect(await stateOf(task)).toBe('ended')
    expect(await roles()).toEqual([])
  })

  it('calls through the gateway with httpx, is told why not, and waits for the person who has to approve (I4)', async () => {
    const child = script('gateway')
    const ended = finished(child)
    const said: Record<string, unknown>[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      const one = JSON.parse(line) as Record<string, unknown>
      said.push(one)
      if (one['approval']) await mia.approve(String(one['approval']))
    }
    const ran = await ended
    expect(ran.code, ran.stderr).toBe(0)
    expect(said).toMatchObject([
      { status: 200, body: { ok: true } },
      { status: 200, body: '{"ok":true}' },
      { part: 200 },
      { refused: 'DeniedError', code: 'call_unresolved' },
      { refused: 'ValueError' },
      { refused: 'DeniedError', code: expect.any(String) },
      { refused: 'DeniedError', grants: [['api', 'production', 'environment_mismatch']] },
      { approval: expect.stringMatching(/^apr_/), url: expect.stringContaining('/approvals/') },
      { status: 200 },
    ])
    const hits = vendor.hits.map(({ method, target, body }) => [method, target, body])
    expect(hits).toEqual([
      ['POST', '/v1/orders', '{"total":7}'],
      ['GET', '/v1/orders?page=2', ''],
      ['GET', '/v1/orders', ''],
      ['DELETE', '/v1/orders/o1', ''],
    ])
    expect(vendor.hits[0]?.header('authorization')).toBe(`Bearer ${ROOT}`)
  })

  it('ends its task when it fails, and shows no secret in anything that it prints, raises or represents (I1, I8)', async () => {
    const kept = join(folder, 'secrets.json')
    const ran = await finished(script('ending', kept))
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('RuntimeError: it went wrong')
    const { task, user } = JSON.parse(ran.stdout)
    expect(user).toMatch(/^brk_/)
    const secrets = JSON.parse(await readFile(kept, 'utf8')) as string[]
    expect(secrets).toHaveLength(3)
    for (const secret of secrets)
      expect((ran.stdout + ran.stderr + broker.log()).includes(secret)).toBe(false)
    expect(await stateOf(task)).toBe('ended')
    expect(await roles()).toEqual([])
  })

  it('needs no SDK inside broker exec: psycopg and boto3 find what they need', async () => {
    const inside = [SDK_PYTHON, '-B', join(SCRIPTS, 'inside_exec.py'), account.reports]
    const scopes = ['--scope', 'orders-ro', '--scope', 'reports']
    const ran = await broker.cli(['exec', '--env', 'staging', ...scopes, '--purpose', 'x', '--', ...inside], {
      profile: 'fixer',
    })
    expect(ran, ran.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\('brk_[a-z0-9_]+', 2\)\n2\n$/),
    })
  })

  it('works inside broker exec in a part of its task, and no further (I9)', async () => {
    const inside = ['env', `PYTHONPATH=${site}`, SDK_PYTHON, '-B', join(SCRIPTS, 'part_of_run.py')]
    const options = ['--env', 'staging', '--scope', 'orders-ro', '--purpose', 'x']
    const ran = await broker.cli(['exec', ...options, '--', ...inside], { profile: 'fixer' })
    expect(ran, ran.stderr).toMatchObject({ code: 0 })
    const { part, around, ...said } = JSON.parse(ran.stdout)
    expect(said).toEqual({ count: 2, state: 'ended', refused: ['environment_mismatch', 'not_granted'] })
    expect(around).toMatchObject({ scopes: ['orders-ro'] })
    expect(await broker.admin.request({ method: 'GET', path: `/v1/tasks/${part}` })).toMatchObject({
      parent: around.task,
      purpose: 'count the orders',
    })
  })

  it('gives a LangChain agent tools whose denials the model can read', async () => {
    const { stdout } = await succeeds(script('langchain_agent'))
    expect(JSON.parse(stdout)).toEqual({
      count_orders: '2 orders',
      cancel_order: expect.stringMatching(
        /^Not done: a person has to approve it at http:\S+\/approvals\/apr_\S+\. /,
      ),
      show_live_orders: expect.stringMatching(/^Denied: .* \[call_unresolved\]\. /),
    })
  })
})

const POLICY = STAGING_POLICY.replace('Action::"write"]', 'Action::"write", Action::"delete"]')
