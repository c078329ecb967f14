import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Credential } from '@credbroker/core/credential'
import { Secret } from '@credbroker/core/secret'
import { systemIo } from '@credbroker/sdk/io'
import { LeaseHandle } from '@credbroker/sdk/lease-handle'
import { describe, expect, it, vi } from 'vitest'
import { type PrivateDirectory, privateDirectory } from '../exec/private-directory.ts'
import { githubDelivery } from './github.ts'

const clock = { skew: 0, due: [] as (() => void)[] }
const io = {
  ...systemIo,
  now: () => new Date(Date.now() + clock.skew),
  after: (_: number, run: () => void) => {
    clock.due.push(run)
    return () => {}
  },
}

async function deliver(files: PrivateDirectory, ...scopes: string[]) {
  let minted = 0
  const mint = (scope: string) => async () => {
    const credential: Credential = {
      form: 'github',
      token: new Secret(`ghs_${scope}.${++minted}`),
      apiUrl: 'https://api.github.com',
      gitUrl: 'https://github.com',
    }
    const expiresAt = new Date(io.now().getTime() + 900_000)
    const life = { expiresAt, deadBy: expiresAt, cappedBy: 'scope' } as const
    return { id: `lse_${minted}`, scope, environment: 'staging', credential, ...life }
  }
  const leased = await Promise.all(
    scopes.map(async (scope) => {
      const handle = new LeaseHandle(scope, mint(scope), io)
      return { handle, lease: await handle.current() }
    }),
  )
  return githubDelivery.deliver(leased, files, io)
}

/** What real git would send to this host. */
const asked = (env: Readonly<Record<string, string | undefined>>, host: string) =>
  execFileSync('git', ['credential', 'fill'], {
    input: `protocol=https\nhost=${host}\n\n`,
    env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', ...env },
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  })

describe('tokens of GitHub for a command', () => {
  it('git finds the token of the moment for GitHub, and none for anybody else (I1)', async () => {
    using files = privateDirectory({})
    const { env, stop } = await deliver(files, 'shop')
    expect(asked(env, 'github.com')).toContain('password=ghs_shop.1')
    expect(() => asked(env, 'github.com.evil.example')).toThrow()
    expect(statSync(join(files.path, 'git-credentials')).mode & 0o777).toBe(0o600)
    clock.skew = 850_000
    for (const run of clock.due.splice(0)) run()
    await vi.waitFor(() => expect(asked(env, 'github.com')).toContain('password=ghs_shop.2'))
    clock.skew = 0
    stop()
  })

  it('without a scope it leaves the machine’s own settings of gh aside', async () => {
    using files = privateDirectory({})
    const { env } = await deliver(files)
    expect(env).toEqual({ GH_CONFIG_DIR: files.path })
  })
})
