import { chmod } from 'node:fs/promises'
import { generateClientKey } from '@credbroker/core/client-key'
import { expect, it } from 'vitest'
import { enrolledAt } from '../../test/broker-double.ts'
import { sandbox } from '../../test/run-cli.ts'
import { loadProfile, profilePath } from '../profile.ts'
import { devProfile } from './dev-profile.ts'

const admin = (url = 'http://127.0.0.1:4747') => ({
  url,
  issuer: url,
  principal: 'user:admin' as const,
  key: generateClientKey().privateJwk,
  keyEndsAt: '2027-01-01T00:00:00.000Z',
})

it('becomes the default where there is none, and is found again by the next run', async () => {
  await using here = await sandbox()
  const profiles = devProfile(here, '/state')
  expect(await profiles.existing()).toBeUndefined()
  const saved = admin()
  expect(await profiles.save(saved)).toBe('default')
  expect((await profiles.existing())?.expose()).toBe(saved.key.expose())
  expect(await devProfile(here, '/another').existing()).toBeUndefined()
})

it('follows a broker that has moved to another port', async () => {
  await using here = await sandbox()
  const profiles = devProfile(here, '/state')
  await profiles.save(admin())
  expect(await profiles.save(admin('http://127.0.0.1:5000'))).toBe('default')
  expect(await loadProfile(here.env, 'default')).toMatchObject({
    url: 'http://127.0.0.1:5000',
    stateDir: '/state',
  })
})

it('never replaces the profile of another broker, or one that it cannot read safely', async () => {
  await using here = await sandbox()
  await enrolledAt('https://broker.example', here.env)
  const before = await loadProfile(here.env, 'default')
  const saved = admin()
  expect(await devProfile(here, '/state').save(saved)).toBe('dev')
  expect(await loadProfile(here.env, 'default')).toEqual(before)
  expect((await devProfile(here, '/state').existing())?.expose()).toBe(saved.key.expose())
  await chmod(profilePath(here.env, 'default'), 0o644)
  expect(await devProfile(here, '/state').save(admin())).toBe('dev')
})
