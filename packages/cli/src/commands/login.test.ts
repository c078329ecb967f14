import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { brokerDouble, enrolledAt, type Seen } from '../../test/broker-double.ts'
import { sandbox } from '../../test/run-cli.ts'
import { loadProfile } from '../profile.ts'

const asked = {
  device_code: 'brk_dev_x',
  user_code: 'BCDF-GHJK',
  verification_uri: 'http://localhost:1/device',
  expires_in: 600,
  interval: 0,
}
const who = { principal: 'user:mia', roles: ['operator'], key_ends_at: '2026-12-22T00:00:00.000Z' }
const oauth = (error: string): [number, object] => [400, { error, error_description: 'x' }]
const key = (seen: Seen | undefined) =>
  JSON.parse(Buffer.from(String(seen?.headers['dpop']).split('.')[0] ?? '', 'base64url').toString()).jwk

it('shows the page and the code on standard error, waits for a yes, and keeps the key it asked with', async () => {
  await using here = await sandbox()
  const answers = [oauth('authorization_pending'), { access_token: 't', token_type: 'DPoP', expires_in: 300 }]
  await using broker = await brokerDouble({
    'POST /oauth/device_authorization': asked,
    'POST /oauth/token': () => answers.shift() ?? oauth('invalid_grant'),
    'GET /v1/whoami': who,
  })
  const { code, out, err } = await here.run(['login', '--json', '--url', broker.url])
  expect({ code, out: JSON.parse(out) }).toEqual({
    code: 0,
    out: { profile: 'default', principal: 'user:mia', url: broker.url, key_ends_at: who.key_ends_at },
  })
  expect(err).toContain('http://localhost:1/device')
  expect(err).toContain('BCDF-GHJK')
  expect(err + out).not.toContain('brk_dev_x')
  const profile = await loadProfile(here.env, 'default')
  const { d, ...publicJwk } = JSON.parse(profile?.key.expose() as string)
  const posts = broker.seen.filter(({ method }) => method === 'POST')
  expect(posts.map(key)).toEqual([publicJwk, publicJwk, publicJwk])
  expect(JSON.stringify(broker.seen)).not.toContain(d)
})

it.each(['access_denied', 'expired_token'])(
  'leaves no profile behind where the answer is %s',
  async (error) => {
    await using here = await sandbox()
    await using broker = await brokerDouble({
      'POST /oauth/device_authorization': asked,
      'POST /oauth/token': oauth(error),
    })
    expect((await here.run(['login', '--url', broker.url])).code).not.toBe(0)
    expect(await loadProfile(here.env, 'default')).toBeUndefined()
  },
)

it('replaces a living profile only when told to', async () => {
  await using here = await sandbox()
  await using broker = await brokerDouble({})
  await enrolledAt(broker.url, here.env)
  expect((await here.run(['login', '--url', broker.url])).code).toBe(1)
  expect(broker.seen).toEqual([])
})

it('logout ends the key at the broker, and forgets it here also where that cannot be done', async () => {
  await using here = await sandbox()
  await using broker = await brokerDouble({ 'DELETE /v1/client-keys/current': { removed: true } })
  await enrolledAt(broker.url, here.env)
  const told = await here.run(['logout', '--json'])
  expect(JSON.parse(told.out)).toEqual({ profile: 'default', removed: true, ended_at_broker: true })
  expect(await loadProfile(here.env, 'default')).toBeUndefined()

  await using silent = await brokerDouble({})
  await enrolledAt(silent.url, here.env)
  const alone = await here.run(['logout', '--json'])
  expect(JSON.parse(alone.out)).toMatchObject({ removed: true, ended_at_broker: false })
  expect(await loadProfile(here.env, 'default')).toBeUndefined()
})

it('asks nobody to confirm what cannot be kept', async () => {
  await using here = await sandbox()
  await using broker = await brokerDouble({ 'POST /oauth/device_authorization': asked })
  await mkdir(join(here.directory, '.git'))
  const refused = await here.run(['login', '--url', broker.url])
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('inside the git work tree') })
  expect(broker.seen).toEqual([])
})
