import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import github from '@credbroker/connectors/kinds/github'
import type { GithubCredential } from '@credbroker/core/credential'
import type { Task } from '@credbroker/sdk/task'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Identity, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { type AppRoot, type FakeGithub, startGithub } from '../harness/github.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'

vi.setConfig({ testTimeout: 60_000 })

const SHA = 'a'.repeat(40)
const file = { message: 'm', content: 'YQ==' }

/** What the gateway’s scope lists; the minted one has the permissions that these need, and no others. */
const OPERATIONS = [
  'repos/get',
  'repos/get-content',
  'repos/create-or-update-file-contents',
  'git/create-ref',
  'git/update-ref',
  'pulls/list',
  'pulls/create',
  'pulls/merge',
  'issues/list-for-repo',
  'issues/create',
  'issues/delete-comment',
  'actions/create-workflow-dispatch',
  'actions/list-workflow-runs-for-repo',
]

interface Act {
  readonly method: string
  /** Below the repository; with a slash before it, below the host. */
  readonly path: string
  readonly body?: { readonly [member: string]: unknown }
  readonly minted: boolean
  readonly gateway: boolean
  /** A heading of docs/connectors/github.md. */
  readonly differs?: string
}

const both =
  (allowed: boolean) =>
  (method: string, path: string, body?: Act['body']): Act => ({
    method,
    path,
    ...(body && { body }),
    minted: allowed,
    gateway: allowed,
  })
const yes = both(true)
const no = both(false)
const differs = (why: string, method: string, path: string, body?: Act['body']): Act => ({
  ...yes(method, path, body),
  gateway: false,
  differs: why,
})

const ACTS: readonly Act[] = [
  yes('GET', ''),
  yes('GET', 'contents/src/a.ts?ref=main'),
  yes('PUT', 'contents/src/a.ts', file),
  yes('POST', 'git/refs', { ref: 'refs/heads/x', sha: SHA }),
  yes('PATCH', 'git/refs/heads/x', { sha: SHA }),
  yes('GET', 'pulls'),
  yes('POST', 'pulls', { title: 't', head: 'x', base: 'main' }),
  yes('PUT', 'pulls/7/merge', { merge_method: 'squash' }),
  yes('GET', 'issues?state=open'),
  yes('POST', 'issues', { title: 't' }),
  yes('DELETE', 'issues/comments/7'),
  yes('POST', 'actions/workflows/ci.yml/dispatches', { ref: 'main' }),
  yes('GET', 'actions/runs'),
  // Asks for a permission that neither has.
  no('PUT', 'contents/.github/workflows/ci.yml', file),
  no('POST', `statuses/${SHA}`, { state: 'success' }),
  no('GET', 'actions/secrets'),
  no('PUT', 'actions/secrets/KEY', { encrypted_value: 'YQ==', key_id: '1' }),
  no('POST', 'deployments', { ref: 'main' }),
  // Administration, which nobody is given.
  no('DELETE', ''),
  no('PATCH', '', { visibility: 'public' }),
  no('POST', 'keys', { key: 'ssh-ed25519 x' }),
  no('POST', 'hooks', { config: {} }),
  no('PUT', 'collaborators/mallory', {}),
  // Another environment’s, what nobody has, and what is not in a repository.
  no('GET', '/repos/acme/ledger'),
  no('GET', '/repos/acme/ledger/contents/a'),
  no('PUT', '/repos/acme/ledger/contents/a', file),
  no('GET', '/repos/acme/nothing'),
  no('GET', '/user'),
  // What GitHub’s permissions cannot tell apart.
  differs('One permission, many operations', 'DELETE', 'git/refs/heads/x'),
  differs('One permission, many operations', 'DELETE', 'releases/7'),
  differs('One permission, many operations', 'POST', 'issues/7/comments', { body: 'b' }),
  differs('One permission, many operations', 'DELETE', 'actions/runs/7'),
  differs('What a body says', 'PATCH', 'git/refs/heads/x', { sha: SHA, force: true }),
  differs('What nobody classified', 'PUT', 'pulls/7/update-branch'),
  differs('What nobody declared', 'POST', 'pulls', { title: 't', head: 'x', base: 'main', head_repo: 'y' }),
  differs('What nobody declared', 'GET', 'contents/a?undeclared=1'),
  differs('The token itself', 'GET', '/installation/repositories'),
]

describe('one root of GitHub, minted from and called through the gateway', () => {
  let vendor: FakeGithub
  let state: TestPostgres
  let broker: TestBroker
  let fixer: Identity
  let shop: string
  let toy: string
  let authority: string

  beforeAll(async () => {
    vendor = await startGithub({ tls: true })
    authority = await readFile(vendor.caFile ?? '', 'utf8')
    shop = vendor.repository('acme/shop')
    toy = vendor.repository('acme/toy')
    const ledger = vendor.repository('acme/ledger')
    const permissions = {
      contents: 'write',
      pull_requests: 'write',
      issues: 'write',
      actions: 'write',
      secrets: 'write',
      deployments: 'write',
    }
    const roots: Record<string, AppRoot> = {
      shop: vendor.app({ repositories: ['acme/shop'], permissions }),
      toy: vendor.app({ repositories: ['acme/toy'], permissions }),
      wide: vendor.app({ repositories: ['acme/shop', 'acme/ledger'], permissions }),
    }
    state = await startTestPostgres()
    broker = await startTestBroker({ databaseUrl: state.url, env: vendor.env })
    for (const [name, root] of Object.entries(roots))
      await writeFile(join(broker.home, `${name}.json`), JSON.stringify(root), { mode: 0o600 })
    const anchored = (id: string) => [{ vendor: 'github', id }]
    const root = (name: string, environment: string) => ({
      provider: 'github-app',
      environment,
      owner: 'mia',
      secret: `file:${broker.home}/${name}.json`,
    })
    const called = (of: string, environment: string, id: string) => ({
      root: of,
      environment,
      connector: 'github',
      maxTtl: '30m',
      allow: { repositories: [id], operations: OPERATIONS },
    })
    const minted = (of: string, environment: string, id: string) => ({
      root: of,
      environment,
      maxTtl: '30m',
      allow: github.inner?.allow(github.spec.parse({ repositories: [id], operations: OPERATIONS })),
    })
    const directory = join(broker.home, 'broker')
    await mkdir(join(directory, 'policies'), { recursive: true })
    await writeFile(
      join(directory, 'broker.yaml'),
      JSON.stringify({
        version: 1,
        environments: {
          sandbox: { tier: 'disposable', anchors: anchored(toy) },
          staging: { tier: 'standard', anchors: anchored(shop) },
          production: { tier: 'standard', anchors: anchored(ledger) },
        },
        users: { mia: { roles: ['operator', 'viewer', 'approver'] } },
        agents: { fixer: { owner: 'mia' } },
        roots: { toy: root('toy', 'sandbox'), shop: root('shop', 'staging') },
        scopes: {
          'toy-minted': minted('toy', 'sandbox', toy),
          'toy-called': called('toy', 'sandbox', toy),
          'shop-minted': minted('shop', 'staging', shop),
          'shop-called': called('shop', 'staging', shop),
        },
      }),
    )
    await writeFile(
      join(directory, 'policies', 'work.cedar'),
      `@id("sandbox-work")
permit(principal, action, resource in Environment::"sandbox");
@id("staging-work")
permit(principal, action in [Action::"read", Action::"write"], resource in Environment::"staging");
`,
    )
    const applied = await broker.cli(['apply', '-f', directory, '--yes'])
    if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr + broker.log())
    fixer = await broker.enrolAgent('fixer')
  }, 180_000)
  afterAll(async () => {
    await broker?.stop()
    await state?.stop()
    await vendor?.stop()
  })

  const start = (environment: string, ...scopes: string[]) =>
    fixer.client.startTask({ environment, purpose: 'x', scopes })
  const pathIn = (repository: string, path: string) =>
    path.startsWith('/') ? path : `/repos/${repository}${path && `/${path}`}`

  async function tokenOf(task: Task, scope: string): Promise<string> {
    const { credential } = await task.credential(scope)
    return (credential as GithubCredential).token.expose()
  }

  /** Past the broker, with a minted token. */
  const direct = async (token: string, { method, path, body }: Act) => {
    const asked = request(`${vendor.origin}${pathIn('acme/toy', path)}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ca: authority,
      agent: false,
    })
    asked.end(body && JSON.stringify(body))
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    return (answer.statusCode ?? 500) < 300
  }
  const called = async (task: Task, scope: string, repository: string, { method, path, body }: Act) => {
    try {
      const answer = await task.fetch(scope, pathIn(repository, path), { method, ...(body && { body }) })
      return answer.status < 300 ? 'allowed' : `vendor ${answer.status}`
    } catch (error) {
      return String((error as { code?: string }).code ?? error)
    }
  }

  it('the same act has the same verdict, or the difference is documented', async () => {
    const task = await start('sandbox', 'toy-minted', 'toy-called')
    const token = await tokenOf(task, 'toy-minted')
    const documented = await readFile(new URL('../../docs/connectors/github.md', import.meta.url), 'utf8')
    const seen: string[] = []
    for (const act of ACTS) {
      const what = `${act.method} ${act.path}`
      const [minted, gateway] = [await direct(token, act), await called(task, 'toy-called', 'acme/toy', act)]
      if (minted !== act.minted || (gateway === 'allowed') !== act.gateway)
        seen.push(`${what}: minted ${minted}, gateway ${gateway}`)
      if (act.differs !== undefined) expect(documented, what).toContain(`**${act.differs}.**`)
      else expect(act.minted, what).toBe(act.gateway)
      // The gateway is never the wider of the two.
      expect(act.gateway && !act.minted, what).toBe(false)
    }
    expect(seen).toEqual([])
    await task.end()
  })

  it('what is coarse at GitHub is coarse when minted: there it is denied where the gateway decides each call (I4b)', async () => {
    const task = await start('staging', 'shop-minted', 'shop-called')
    const grants = Object.fromEntries(
      task.grants.map(({ scope, state, access }) => [scope, { state, access }]),
    )
    expect(grants['shop-minted']).toMatchObject({ state: 'denied' })
    expect(grants['shop-called']).toMatchObject({ state: 'active', access: ['read', 'write'] })
    const verdict = (act: Act) => called(task, 'shop-called', 'acme/shop', act)
    expect(await verdict(yes('POST', 'issues', { title: 't' }))).toBe('allowed')
    vendor.acts.length = 0
    expect(await verdict(no('DELETE', 'issues/comments/7'))).toBe('denied')
    expect(await verdict(no('POST', 'actions/workflows/ci.yml/dispatches', { ref: 'main' }))).toBe('denied')
    expect(vendor.acts).toEqual([])
    await task.end()
  })

  it('the token behind the calls is a lease: it dies with its task (I8)', async () => {
    const before = vendor.liveTokens
    const task = await start('staging', 'shop-called')
    expect(await called(task, 'shop-called', 'acme/shop', yes('GET', 'pulls'))).toBe('allowed')
    expect(vendor.liveTokens).toBe(before + 1)
    await task.end()
    await vi.waitFor(() => expect(vendor.liveTokens).toBe(before), { timeout: 20_000 })
  })

  it('I2 an App that reaches two environments mints in neither', async () => {
    const ran = await broker.cli(
      ['root', 'add', 'wide', '--provider', 'github-app', '--env', 'staging', '--owner', 'mia'],
      { stdin: await readFile(join(broker.home, 'wide.json'), 'utf8') },
    )
    expect(ran.stdout + ran.stderr).not.toContain('BEGIN RSA')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('production and staging') })
  })
})
