import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokerDouble, enrolledAt, type Reply, type Seen } from '../../test/broker-double.ts'
import { type Sandbox, sandbox } from '../../test/run-cli.ts'
import { profilePath } from '../profile.ts'

const none = { items: [] }
const healthy: Record<string, Reply | ((seen: Seen) => Reply)> = {
  'GET /readyz': { status: 'ready' },
  'GET /v1/whoami': { principal: 'user:mia', roles: ['admin'], key_ends_at: '2099-01-01T00:00:00.000Z' },
  'GET /v1/freeze': none,
  'GET /v1/audit/checkpoint': { note: '', size: 0, public_key: '', name: '', sinks: ['file'] },
  'GET /v1/integrity': none,
  'GET /v1/roots': none,
  'GET /v1/agents': none,
  'GET /v1/issuers': none,
  'GET /v1/passkeys': none,
}

const diagnose = async (
  routes: typeof healthy,
  prepare: (here: Sandbox) => Promise<unknown> = async () => {},
) => {
  await using here = await sandbox()
  await using broker = await brokerDouble({ ...healthy, ...routes })
  await enrolledAt(broker.url, here.env)
  await prepare(here)
  const { code, out } = await here.run(['doctor', '--json'])
  const { findings } = JSON.parse(out) as { findings: { level: string; code: string; todo: string }[] }
  return {
    code,
    findings: findings.map(({ level, code }) => `${level} ${code}`),
    todos: findings.map(({ todo }) => todo),
  }
}

const root = (...findings: object[]) => ({
  items: [{ name: 'orders-db', disabled: false, tampered: false, findings }],
})

describe('doctor', () => {
  it('has nothing to say about a healthy broker', async () => {
    expect(await diagnose({})).toEqual({ code: 0, findings: [], todos: [] })
  })

  it('puts what is dangerous first, and says what to do about each', async () => {
    const { code, findings, todos } = await diagnose({
      'GET /v1/freeze': { items: [{ target: 'all', by: 'mia', at: 'x' }] },
      'GET /v1/audit/checkpoint': { note: '', size: 0, public_key: '', name: '', sinks: [] },
      'GET /v1/roots': root(
        { level: 'over-broad', code: 'superuser', message: 'm' },
        { level: 'unsafe', code: 'public-connect', message: 'm' },
      ),
      'GET /v1/integrity': {
        items: [
          { table: 'agents', name: 'fixer', gone: false },
          { table: 'policies', name: 'production.cedar', gone: true },
        ],
      },
    })
    expect({ code, findings }).toEqual({
      code: 1,
      findings: [
        'danger tampered',
        'danger row-gone',
        'danger root-public-connect',
        'warning root-superuser',
        'warning no-checkpoint-sink',
        'advice frozen',
      ],
    })
    expect(todos.every((todo) => todo.length > 10)).toBe(true)
  })

  it('shows an admin which passkey came by a link made on the broker’s machine (I4c)', async () => {
    const passkey = { id: 'psk_1', user: 'ada', created_at: '2026-01-05T10:00:00.000Z', tampered: false }
    const { findings } = await diagnose({
      'GET /v1/passkeys': { items: [{ ...passkey, invited_by: 'broker:offline' }, passkey] },
    })
    expect(findings).toEqual(['warning passkey-offline'])
  })

  it('goes on where one check cannot be made, and says each reason once', async () => {
    const problem: Reply = [
      403,
      { code: 'tampered', title: 'A stored row was changed', detail: 'It is gone' },
    ]
    const { code, findings } = await diagnose({
      'GET /v1/freeze': problem,
      'GET /v1/agents': problem,
      'GET /v1/integrity': { items: [{ table: 'controls', name: 'controls', gone: true }] },
    })
    expect({ code, findings }).toEqual({ code: 1, findings: ['danger row-gone', 'danger check-failed'] })
  })

  it('finds a profile that others can read, and goes on', async () => {
    const { code, findings } = await diagnose({}, (here) => chmod(profilePath(here.env, 'default'), 0o644))
    expect({ code, findings }).toEqual({ code: 1, findings: ['danger profile-mode', 'danger check-failed'] })
  })

  it('finds profiles inside a git work tree', async () => {
    const { findings } = await diagnose({}, (here) => mkdir(join(here.directory, '.git')))
    expect(findings).toContain('danger profile-in-git')
  })

  it('warns when the broker’s state belongs to the user who asks', async () => {
    const { code, findings } = await diagnose({}, async (here) => {
      await mkdir(here.env['BROKER_STATE_DIR'] as string)
      await writeFile(join(here.env['BROKER_STATE_DIR'] as string, 'keyfile'), '')
    })
    expect({ code, findings }).toEqual({ code: 0, findings: ['warning same-user'] })
  })

  it('warns of a key that is about to end', async () => {
    const whoami = { principal: 'user:mia', key_ends_at: new Date(Date.now() + 3600_000).toISOString() }
    expect((await diagnose({ 'GET /v1/whoami': whoami })).findings).toEqual(['warning key-ends'])
  })

  it('finds a broker that is not ready, or not there', async () => {
    expect((await diagnose({ 'GET /readyz': [503, {}] })).findings).toEqual(['danger not-ready'])
    await using here = await sandbox()
    await enrolledAt('http://127.0.0.1:1', here.env)
    expect(await here.run(['doctor'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('No broker answers'),
    })
  })

  it('names the profiles that are there where the one that is meant is not', async () => {
    await using here = await sandbox()
    await enrolledAt('http://127.0.0.1:1', here.env)
    expect(await here.run(['doctor', '--profile', 'other'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/no profile `other`.*\n.*BROKER_PROFILE: default\./),
    })
  })

  it('asks nobody without a profile', async () => {
    await using here = await sandbox()
    expect(await here.run(['doctor'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('[no-profile]'),
    })
  })
})
