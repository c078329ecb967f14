import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateClientKey } from '@credbroker/core/client-key'
import { afterAll, describe, expect, it } from 'vitest'
import { Broker } from './broker.ts'
import { loadProfile, profileDirectory } from './profile.ts'

const home = mkdtempSync(join(tmpdir(), 'credbroker-sdk-'))
const env = { HOME: home }
const url = 'https://broker.example'
const key = JSON.parse(generateClientKey().privateJwk.expose()) as Record<string, string>
const profile = { url, issuer: url, principal: 'agent:fixer', key, keyEndsAt: '2026-12-31T00:00:00.000Z' }

afterAll(() => rmSync(home, { recursive: true }))

function write(name: string, text: string, mode = 0o600) {
  const file = join(profileDirectory(env), `${name}.json`)
  mkdirSync(profileDirectory(env), { recursive: true, mode: 0o700 })
  writeFileSync(file, text)
  chmodSync(file, mode)
}

describe('a profile', () => {
  it('is found by BROKER_PROFILE and can be told another address', () => {
    write('default', JSON.stringify(profile))
    write('ci', JSON.stringify({ ...profile, principal: 'agent:ci' }))
    expect(loadProfile(env).principal).toBe('agent:fixer')
    expect(loadProfile({ ...env, BROKER_PROFILE: 'ci' }).principal).toBe('agent:ci')
    const moved = loadProfile({ ...env, BROKER_URL: 'https://other.example' })
    expect([moved.url, moved.issuer]).toEqual(['https://other.example', url])
    expect(Broker.fromEnvironment(env)).toBeInstanceOf(Broker)
  })

  it('that is missing says which command makes it', () => {
    expect(() => loadProfile({ ...env, BROKER_PROFILE: 'nobody' })).toThrow('broker enroll --profile nobody')
  })

  it('that others can read is refused', () => {
    write('open', JSON.stringify(profile), 0o644)
    expect(() => loadProfile(env, 'open')).toThrow('chmod 600')
  })

  it.each(['', '[]', '{"key":', JSON.stringify({ ...profile, principal: 'root' }), JSON.stringify({ url })])(
    'that is not one is refused without an echo (%#)',
    (text) => {
      write('broken', text)
      expect(() => loadProfile(env, 'broken')).toThrow('profile broken is not valid')
    },
  )

  it.each(['../default', 'A', '', 'a/b'])('is never looked for outside its directory: %j', (name) => {
    expect(() => loadProfile(env, name)).toThrow('lower-case')
  })
})
