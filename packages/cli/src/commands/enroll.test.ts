import { randomFillSync } from 'node:crypto'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newOpaque } from '@credbroker/core/opaque'
import { expect, it } from 'vitest'
import { brokerDouble, problem } from '../../test/broker-double.ts'
import { sandbox } from '../../test/run-cli.ts'
import { loadProfile, profilePath } from '../profile.ts'

const token = newOpaque('enr', (bytes) => randomFillSync(bytes))
const answer = { principal: 'agent:fixer', ends_at: '2026-12-22T00:00:00.000Z' }

it('makes the key here, sends its public half, and keeps the private one for this user alone', async () => {
  await using here = await sandbox()
  await using broker = await brokerDouble({ 'POST /v1/enrolments': [201, answer] })
  const { code, out, err } = await here.run(
    ['enroll', '--profile', 'fixer', '--url', broker.url],
    `${token}\n`,
  )
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const profile = await loadProfile(here.env, 'fixer')
  expect(profile).toMatchObject({ principal: 'agent:fixer', url: broker.url, issuer: broker.url })
  const { d } = JSON.parse(profile?.key.expose() as string)
  const sent = broker.seen.find(({ path }) => path === '/v1/enrolments')
  expect(sent?.body).toMatchObject({ token, key: { kty: 'EC', crv: 'P-256' } })
  expect(sent?.authorization).toBeUndefined()
  expect(JSON.stringify(broker.seen) + out).not.toContain(d)
  expect((await stat(profilePath(here.env, 'fixer'))).mode & 0o777).toBe(0o600)
})

it('spends no token at a URL where no broker is', async () => {
  await using here = await sandbox()
  await using other = await brokerDouble({})
  const { code, err } = await here.run(['enroll', '--url', `${other.url}/elsewhere`], token)
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('no broker at this URL') })
  expect(other.seen.map(({ method }) => method)).toEqual(['GET'])
})

it('spends no token on a profile that cannot be kept', async () => {
  await using here = await sandbox()
  await using broker = await brokerDouble({ 'POST /v1/enrolments': [201, answer] })
  await writeFile(join(here.directory, 'file'), '')
  here.env['XDG_CONFIG_HOME'] = join(here.directory, 'file')
  const nowhere = await here.run(['enroll', '--url', broker.url], token)
  expect(nowhere).toMatchObject({
    code: 1,
    err: expect.stringMatching(/cannot be used: .* \(mkdir ENOTDIR\)/),
  })
  here.env['XDG_CONFIG_HOME'] = here.directory
  await mkdir(join(here.directory, '.git'))
  const inTree = await here.run(['enroll', '--url', broker.url], token)
  expect(inTree).toMatchObject({ code: 1, err: expect.stringContaining('inside the git work tree') })
  expect(broker.seen).toEqual([])
})

it('sends nothing when the token was not copied whole', async () => {
  await using here = await sandbox()
  await using broker = await brokerDouble({})
  expect((await here.run(['enroll', '--url', broker.url], token.slice(0, -1))).code).toBe(2)
  expect(broker.seen).toEqual([])
})

it('replaces a profile only when told to', async () => {
  await using here = await sandbox()
  await using broker = await brokerDouble({ 'POST /v1/enrolments': [201, answer] })
  const first = await here.run(['enroll', '--url', broker.url], token)
  const key = (await loadProfile(here.env, 'default'))?.key.expose()
  expect([first.code, (await here.run(['enroll', '--url', broker.url], token)).code]).toEqual([0, 1])
  expect((await loadProfile(here.env, 'default'))?.key.expose()).toBe(key)
  expect((await here.run(['enroll', '--force', '--url', broker.url], token)).code).toBe(0)
  expect((await loadProfile(here.env, 'default'))?.key.expose()).not.toBe(key)
})

it('leaves no profile behind when the broker refuses', async () => {
  await using here = await sandbox()
  await using broker = await brokerDouble({ 'POST /v1/enrolments': problem(401, 'enrolment_invalid') })
  expect((await here.run(['enroll', '--url', broker.url], token)).code).toBe(1)
  expect(await loadProfile(here.env, 'default')).toBeUndefined()
})
