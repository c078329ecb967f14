import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { generateClientKey } from '@credbroker/core/client-key'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadProfile, type Profile, profileName, profilePath, removeProfile, saveProfile } from './profile.ts'

let home: string
let env: Record<string, string>
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'credbroker-profile-'))
  env = { XDG_CONFIG_HOME: home }
})
afterEach(() => rm(home, { recursive: true, force: true }))

const profile = (): Profile => ({
  url: 'http://127.0.0.1:4747',
  issuer: 'http://127.0.0.1:4747',
  principal: 'agent:fixer',
  key: generateClientKey().privateJwk,
  keyEndsAt: '2026-12-01T00:00:00.000Z',
})
const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

describe('a profile', () => {
  it('comes back as it was written', async () => {
    const written = profile()
    await saveProfile(env, 'default', written)
    const read = await loadProfile(env, 'default')
    expect(read).toEqual(written)
    expect(read?.key.expose()).toBe(written.key.expose())
  })

  it('is readable by its user alone', async () => {
    await mkdir(join(home, 'credbroker', 'profiles'), { recursive: true, mode: 0o755 })
    await saveProfile(env, 'default', profile())
    expect(await mode(profilePath(env, 'default'))).toBe('600')
    expect(await mode(join(home, 'credbroker', 'profiles'))).toBe('700')
  })

  it.each([0o640, 0o604, 0o666])('is refused when its mode is %o', async (wide) => {
    await saveProfile(env, 'default', profile())
    await chmod(profilePath(env, 'default'), wide)
    await expect(loadProfile(env, 'default')).rejects.toThrow('can be read by other users')
  })

  it('is refused when it is a link', async () => {
    await saveProfile(env, 'real', profile())
    await symlink(profilePath(env, 'real'), profilePath(env, 'default'))
    await expect(loadProfile(env, 'default')).rejects.toThrow('not a plain file')
  })

  it('is neither written nor read inside a git work tree', async () => {
    await saveProfile(env, 'default', profile())
    await mkdir(join(home, '.git'))
    await expect(saveProfile(env, 'other', profile())).rejects.toThrow('git work tree')
    await expect(loadProfile(env, 'default')).rejects.toThrow('git work tree')
  })

  it('I1: prints nothing of its key', async () => {
    const written = profile()
    const { d } = JSON.parse(written.key.expose())
    expect(`${inspect(written, { depth: 9 })}${JSON.stringify(written)}`).not.toContain(d)
  })

  it('is gone after it was removed', async () => {
    await saveProfile(env, 'default', profile())
    expect(await removeProfile(env, 'default')).toBe(true)
    expect(await loadProfile(env, 'default')).toBeUndefined()
    expect(await removeProfile(env, 'default')).toBe(false)
  })

  it.each(['../up', 'a/b', '', '.hidden', 'Upper', 'a'.repeat(49)])('cannot be named %j', (name) => {
    expect(() => profileName({}, name)).toThrow('profile name')
  })

  it('is the one that --profile, then BROKER_PROFILE names, else `default`', () => {
    expect(profileName({ BROKER_PROFILE: 'env' }, 'flag')).toBe('flag')
    expect(profileName({ BROKER_PROFILE: 'env' })).toBe('env')
    expect(profileName({ BROKER_PROFILE: '' })).toBe('default')
  })
})
