import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeGithub } from '../../../sdk/test/fake-credentials.ts'
import { deliveredRun } from '../../test/delivered-run.ts'

type Run = Awaited<ReturnType<typeof deliveredRun>>
let run: Run
beforeEach(async () => {
  run = await deliveredRun({ shop: { credential: fakeGithub } })
})
afterEach(() => run[Symbol.asyncDispose]())

const MACHINE = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
/** What real git would send to this host. */
const fill = (host = 'github.com', more: Record<string, string> = {}) =>
  run.run('git', ['credential', 'fill'], `protocol=https\nhost=${host}\n\n`, { ...MACHINE, ...more })
const docker = (action: string, input = '') => run.run('docker-credential-broker', [action], input)

describe('git in a run', () => {
  it('asks for the token of the moment, and is told when that ends', async () => {
    const first = await fill()
    expect(first.out).toContain('password=ghs_canary.1\n')
    const [, ends] = /password_expiry_utc=(\d+)/.exec(first.out) ?? []
    if (ends !== undefined) expect(Number(ends) * 1000).toBeGreaterThan(Date.now())
    run.clock.skew = 850_000
    expect((await fill()).out).toContain('password=ghs_canary.2\n')
  })

  it('hears from the helper itself when the token ends, whatever its version keeps of that', async () => {
    const command = /'([^']+helper\.mjs)'/.exec(run.env['GIT_CONFIG_VALUE_2'] ?? '')?.[1] ?? ''
    const { out } = await run.run(
      process.execPath,
      [command, 'shop', 'git', 'get'],
      'protocol=https\nhost=github.com\n\n',
    )
    expect(out).toMatch(/^username=x-access-token\npassword=ghs_canary\.1\npassword_expiry_utc=\d{10}\n$/)
  })

  it('has other hosts to itself: the user’s own helper for them, and no token for look-alikes (I1)', async () => {
    const own = join(run.files.path, 'gitconfig')
    writeFileSync(own, `[credential]\n\thelper = "!f() { echo username=me; echo password=mine; }; f"\n`)
    const asMe = { GIT_CONFIG_GLOBAL: own }
    expect((await fill('gitlab.example', asMe)).out).toContain('password=mine')
    expect((await fill('github.com', asMe)).out).toContain('password=ghs_canary.1')
    for (const host of ['github.com.evil.example', 'github.com:8443', 'gist.github.com']) {
      const { code, out } = await fill(host)
      expect({ code, leaked: out.includes('canary') }, host).toEqual({ code: 128, leaked: false })
    }
    const plain = await run.run('git', ['credential', 'fill'], 'protocol=http\nhost=github.com\n\n')
    expect(plain.out).not.toContain('canary')
  })

  it('gets the token of the scope whose repository it is about, and none for others (I1)', async () => {
    await run[Symbol.asyncDispose]()
    const of = (repository: string) => (serial: number) =>
      ({
        ...fakeGithub(serial),
        token: `ghs_canary.${repository}`,
        repositories: [repository],
      }) as CredentialAnswer['credential']
    run = await deliveredRun({ shop: { credential: of('acme/shop') }, docs: { credential: of('acme/docs') } })
    const ask = async (path: string) => {
      const { out } = await run.run(
        'git',
        ['credential', 'fill'],
        `url=https://github.com/${path}\n\n`,
        MACHINE,
      )
      return /password=(.*)/.exec(out)?.[1]
    }
    expect(await ask('acme/shop.git')).toBe('ghs_canary.acme/shop')
    expect(await ask('Acme/Docs')).toBe('ghs_canary.acme/docs')
    expect(await ask('acme/docs.git/info/lfs')).toBe('ghs_canary.acme/docs')
    run.fake.settings.intercept = ({ path }) =>
      path === '/v1/credentials'
        ? { status: 403, body: { code: 'not_granted', title: 'no', status: 403 } }
        : undefined
    run.clock.skew = 850_000
    const refused = await run.run(
      'git',
      ['credential', 'fill'],
      'url=https://github.com/acme/docs.git\n\n',
      MACHINE,
    )
    expect(refused.out).toBe('')
    expect(refused.err.match(/credbroker: no/g)).toHaveLength(2)
    run.fake.settings.intercept = () => undefined
    for (const other of ['acme/ledger.git', 'acme/shop2', 'evil/shop', 'acme', 'acme/../acme/shop'])
      expect(await ask(other), other).toBeUndefined()
  })

  it('stores and erases nothing', async () => {
    const said = 'protocol=https\nhost=github.com\nusername=x\npassword=y\n\n'
    for (const verb of ['approve', 'reject'])
      expect(await run.run('git', ['credential', verb], said)).toEqual({ code: 0, out: '', err: '' })
    expect((await fill()).out).toContain('password=ghs_canary.1')
  })

  it('hears why when the task was ended, and asks nobody', async () => {
    run.clock.skew = 850_000
    run.fake.revoke(run.task.id)
    const { code, err } = await fill()
    expect(code).toBe(128)
    expect(err).toMatch(/^credbroker: .*task/)
    expect(err).toContain('terminal prompts disabled')
  })

  it('hears that the run has ended, from a command that outlived it', async () => {
    run.end()
    const { code, err } = await fill()
    expect(code).toBe(128)
    expect(err).toContain('credbroker: the run these credentials belong to has ended')
  })
})

describe('docker in a run', () => {
  it('gets the token for GitHub’s registry by its helper, in a configuration of the run', async () => {
    const config = JSON.parse(readFileSync(join(run.env['DOCKER_CONFIG'] ?? '', 'config.json'), 'utf8'))
    expect(config).toEqual({ credHelpers: { 'ghcr.io': 'broker' } })
    for (const asked of ['ghcr.io', 'https://ghcr.io', 'ghcr.io\n']) {
      const { code, out } = await docker('get', asked)
      expect(code).toBe(0)
      expect(JSON.parse(out)).toMatchObject({ Username: 'x-access-token', Secret: 'ghs_canary.1' })
    }
    expect(JSON.parse((await docker('list')).out)).toEqual({ 'https://ghcr.io': 'x-access-token' })
    run.clock.skew = 850_000
    expect(JSON.parse((await docker('get', 'ghcr.io')).out)).toMatchObject({ Secret: 'ghs_canary.2' })
  })

  it('gets nothing for another registry, in the words by which docker goes on without', async () => {
    for (const asked of ['docker.io', 'https://ghcr.io.evil.example', 'evil.example/ghcr.io'])
      expect(await docker('get', asked)).toEqual({
        code: 1,
        out: 'credentials not found in native keychain\n',
        err: '',
      })
  })

  it.each(['store', 'erase', 'anything'])('is refused to %s', async (action) => {
    const { code, out } = await docker(action, '{"ServerURL":"ghcr.io","Username":"a","Secret":"b"}')
    expect(code).toBe(1)
    expect(out).toMatch(/^credbroker keeps no|^unknown action/)
  })
})

describe('a token of GitHub', () => {
  it('is in no variable, and in one file of the run alone, which is renewed (I1)', async () => {
    expect(JSON.stringify(run.env)).not.toContain('canary')
    const file = join(run.env['GH_CONFIG_DIR'] ?? '', 'hosts.yml')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      'github.com': { oauth_token: 'ghs_canary.1' },
    })
    run.clock.skew = 850_000
    for (const due of run.clock.due.splice(0)) due()
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toContain('ghs_canary.2'), 20_000)
  })
})
