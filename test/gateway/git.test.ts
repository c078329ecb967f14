import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { GIT_ENV, type GitServer, startGitServer } from '../harness/git-server.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { needs } from '../harness/services.ts'

vi.setConfig({ testTimeout: 180_000 })

const configuration = (host: string, home: string) =>
  JSON.stringify({
    version: 1,
    environments: {
      staging: { tier: 'standard', anchors: [{ vendor: 'git', id: `${host}/acme/shop` }] },
      production: { tier: 'standard', anchors: [{ vendor: 'git', id: `${host}/acme/ledger` }] },
    },
    users: { mia: { roles: ['operator', 'viewer', 'approver'] } },
    agents: { fixer: { owner: 'mia' } },
    roots: { code: { provider: 'git', owner: 'mia', secret: `file:${home}/git.json` } },
    scopes: {
      reader: {
        root: 'code',
        environment: 'staging',
        // The ledger is production's, whatever the scope says.
        allow: { repositories: ['acme/shop', 'acme/ledger'], operations: ['fetch'] },
      },
      writer: {
        root: 'code',
        environment: 'staging',
        allow: { repositories: ['acme/shop'], operations: ['fetch', 'push'], refs: ['refs/heads/*'] },
      },
    },
  })

const POLICY = `@id("staging-work")
permit(principal, action in [Action::"read", Action::"write"], resource in Environment::"staging");
`

const missing = await needs('git')

describe.skipIf(missing)('git through `broker exec`', () => {
  let git: GitServer
  let state: TestPostgres
  let broker: TestBroker
  let folder: string

  beforeAll(async () => {
    git = await startGitServer()
    await git.repository('acme/shop')
    await git.repository('acme/ledger')
    state = await startTestPostgres()
    broker = await startTestBroker({ databaseUrl: state.url, env: git.env })
    folder = await mkdtemp(join(tmpdir(), 'credbroker-clone-'))
    const root = { origin: git.origin, token: git.token }
    await writeFile(join(broker.home, 'git.json'), JSON.stringify(root), { mode: 0o600 })
    const directory = join(broker.home, 'broker')
    await mkdir(join(directory, 'policies'), { recursive: true })
    await writeFile(join(directory, 'broker.yaml'), configuration(git.host, broker.home))
    await writeFile(join(directory, 'policies', 'staging.cedar'), POLICY)
    const applied = await broker.cli(['apply', '-f', directory, '--yes'])
    if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr + broker.log())
    await broker.enrolAgent('fixer')
  }, 180_000)
  afterAll(async () => {
    await broker?.stop()
    await state?.stop()
    await git?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  /** As an agent's shell would: with the run's own git configuration, and no credential. */
  const exec = (scope: string, ...command: string[]) =>
    broker.cli(['exec', '--env', 'staging', '--scope', scope, '--purpose', 'x', '--', ...command], {
      profile: 'fixer',
      env: { ...GIT_ENV },
    })
  const shop = () => join(folder, 'shop')
  const local = (...args: string[]) => exec('reader', 'git', '-C', shop(), ...args)

  it('clones over HTTPS from a server that wants a token the command never has (I1)', async () => {
    const ran = await exec('reader', 'git', 'clone', `${git.origin}/acme/shop.git`, shop())
    expect(ran, ran.stderr + broker.log()).toMatchObject({ code: 0 })
    expect(await readFile(join(shop(), 'README'), 'utf8')).toBe('acme/shop\n')
    expect((await local('fsck', '--strict')).code).toBe(0)
    expect(git.hits.map(({ line }) => line)).toContain('POST /acme/shop.git/git-upload-pack')
    expect(git.hits.every(({ trusted }) => trusted)).toBe(true)
    const seen = await exec('reader', 'env')
    const config = await readFile(join(shop(), '.git/config'), 'utf8')
    for (const text of [ran.stdout, ran.stderr, seen.stdout, config, broker.log()]) {
      expect(text).not.toContain(git.token)
      expect(text).not.toContain(Buffer.from(`x-access-token:${git.token}`).toString('base64'))
    }
  })

  it('neither clones what is another environment’s, nor pushes where only reading is allowed (I2)', async () => {
    const before = git.hits.length
    const ledger = await exec(
      'reader',
      'git',
      'clone',
      `${git.origin}/acme/ledger.git`,
      join(folder, 'ledger'),
    )
    const nothing = await exec('reader', 'git', 'clone', `${git.origin}/acme/none.git`, join(folder, 'none'))
    for (const ran of [ledger, nothing]) expect(ran.code).not.toBe(0)
    const pushed = await exec('reader', 'git', '-C', shop(), 'push', 'origin', 'HEAD:refs/heads/x')
    expect(pushed.code).not.toBe(0)
    expect(git.hits.length).toBe(before)
    expect(await git.ref('acme/shop', 'refs/heads/x')).toBeUndefined()
  })

  it('pushes what keeps everything, and asks before anything could be lost (I4)', async () => {
    const commit = async (message: string) => {
      await appendFile(join(shop(), 'README'), `${message}\n`)
      expect((await local('commit', '-qam', message)).code).toBe(0)
    }
    const push = (...args: string[]) => exec('writer', 'git', '-C', shop(), 'push', ...args)
    await commit('second')
    const forward = await push('origin', 'HEAD:refs/heads/main')
    expect(forward, forward.stderr + broker.log()).toMatchObject({ code: 0 })
    const head = (await local('rev-parse', 'HEAD')).stdout.trim()
    expect(await git.ref('acme/shop', 'refs/heads/main')).toBe(head)
    expect((await push('origin', 'HEAD:refs/heads/new')).code).toBe(0)

    // `delete` is not permitted here at all: nobody is even asked.
    await local('commit', '--amend', '-qm', 'rewritten')
    expect((await push('--force', 'origin', 'HEAD:refs/heads/main')).code).not.toBe(0)
    expect((await push('origin', ':refs/heads/new')).code).not.toBe(0)
    expect((await push('origin', 'HEAD:refs/tags/v1')).code).not.toBe(0)
    expect(await git.ref('acme/shop', 'refs/heads/main')).toBe(head)
    expect(await git.ref('acme/shop', 'refs/heads/new')).toBe(head)
    expect(await git.ref('acme/shop', 'refs/tags/v1')).toBeUndefined()
  })
})
