import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeGithub } from '../../../sdk/test/fake-credentials.ts'
import { deliveredRun } from '../../test/delivered-run.ts'
import { defaultsOf, guessesOf } from './github-defaults.ts'

const of = (repository: string, host = 'github.com') => ({
  credential: (serial: number) =>
    ({
      ...fakeGithub(serial),
      token: `ghs_canary.${repository}.${serial}`,
      git_url: `https://${host}`,
      repositories: [repository],
    }) as CredentialAnswer['credential'],
})
const TWO = { shop: of('acme/shop'), docs: of('acme/docs') }

const directory = mkdtempSync(join(tmpdir(), 'credbroker-remotes-'))
const git = (...args: string[]) => execFileSync('git', ['-C', directory, ...args])

let run: Awaited<ReturnType<typeof deliveredRun>> | undefined
afterEach(async () => {
  await run?.[Symbol.asyncDispose]()
  run = undefined
  rmSync(directory, { recursive: true, force: true })
})

async function inDirectory(scopes: Parameters<typeof deliveredRun>[0], remotes: Record<string, string>) {
  execFileSync('git', ['init', '-q', directory])
  for (const [name, url] of Object.entries(remotes)) git('remote', 'add', name, url)
  const started = await deliveredRun(scopes, directory)
  run = started
  const file = (name: string) => JSON.parse(readFileSync(join(started.files.path, name), 'utf8'))
  const docker = async (registry: string) => {
    const helper = file('config.json').credHelpers[registry]
    return JSON.parse((await started.run(`docker-credential-${helper}`, ['get'], registry)).out).Secret
  }
  return { ...started, hosts: () => file('hosts.yml'), docker }
}

const leased = Object.entries({ shop: 'acme/shop', docs: 'acme/docs' }).map(([scope, repository]) => ({
  handle: { scope },
  lease: { credential: { form: 'github', gitUrl: 'https://github.com', repositories: [repository] } },
})) as unknown as Parameters<typeof defaultsOf>[0]
const chosen = (...remotes: string[]) => defaultsOf(leased, remotes).map(({ handle }) => handle.scope)

describe('gh and docker, which say no repository, in a run with several scopes', () => {
  it.each([
    ['over HTTPS', 'https://github.com/Acme/Docs.git'],
    ['over SSH', 'git@github.com:acme/docs.git'],
    ['over SSH, as a URL', 'ssh://git@github.com/acme/docs'],
  ])('are for the repository that the directory is a copy of, %s', (_, remote) => {
    expect(chosen(remote)).toEqual(['docs'])
    expect(guessesOf(leased, [remote])).toEqual([])
    expect(guessesOf(leased.slice(0, 1), [])).toEqual([])
    expect(chosen('https://github.com/acme/other', remote, 'git@github.com:acme/shop')).toEqual(['docs'])
  })

  it.each([
    ['of what no scope opens', 'https://github.com/acme/other'],
    ['of another host', 'https://github.com.evil.example/acme/docs'],
    ['of a path', '/srv/acme/docs'],
    ['of no address at all', ':acme/docs'],
  ])('are for the scope that was named first, where it is a copy %s', (_, remote) => {
    expect(chosen(remote)).toEqual(['shop'])
    expect(chosen()).toEqual(['shop'])
    expect(guessesOf(leased, [remote])).toEqual([{ host: 'github.com', scopes: ['shop', 'docs'] }])
  })

  it('get the token of what is upstream of a fork', async () => {
    const remotes = { origin: 'git@github.com:acme/shop', upstream: 'git@github.com:acme/docs' }
    const here = await inDirectory(TWO, remotes)
    expect(here.hosts()).toMatchObject({
      'github.com': { user: 'docs', oauth_token: expect.stringContaining('acme/docs') },
    })
    expect(await here.docker('ghcr.io')).toContain('acme/docs')
  })

  it('get for each host the token of that host, renewed with its lease', async () => {
    const scopes = { shop: of('acme/shop'), inner: of('acme/inner', 'acme.ghe.com') }
    const here = await inDirectory(scopes, { origin: 'https://acme.ghe.com/acme/inner' })
    expect(here.env).toMatchObject({ GH_HOST: 'acme.ghe.com' })
    expect(here.hosts()).toMatchObject({ 'github.com': { user: 'shop' }, 'acme.ghe.com': { user: 'inner' } })
    expect(await here.docker('ghcr.io')).toContain('acme/shop')
    expect(await here.docker('containers.acme.ghe.com')).toContain('acme/inner')
    const before = here.hosts()
    here.clock.skew = 850_000
    for (const due of here.clock.due.splice(0)) due()
    await expect
      .poll(() =>
        Object.entries(here.hosts()).filter(
          ([host, login]) => before[host].oauth_token === (login as { oauth_token: string }).oauth_token,
        ),
      )
      .toEqual([])
  })
})
