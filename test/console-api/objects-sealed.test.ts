import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectRefused } from '../security/desk.ts'
import { type ObjectsDesk, startObjectsDesk } from './objects-desk.ts'

vi.setConfig({ testTimeout: 60_000 })

let desk: ObjectsDesk
beforeAll(async () => {
  desk = await startObjectsDesk()
}, 180_000)
afterAll(() => desk?.world.stop())

describe('what was said about a root, and never its credential (I1)', () => {
  const added = () =>
    desk.asAdmin({
      method: 'POST',
      path: '/v1/roots',
      body: {
        name: 'api-orders',
        provider: 'postgres-role',
        environment: 'staging',
        owner: 'mia',
        secret: desk.world.staging.root,
      },
    })

  it('owner, service, on-call and recovery are replaced; the rest stays as the vendor said it', async () => {
    expect((await added()).status).toBe(201)
    const before = await desk.get('roots/api-orders')
    const after = await desk.done('roots/api-orders', {
      owner: 'noa',
      service: 'orders',
      on_call: 'pager',
      recovery: { backups: 'in the safe', separateAuthority: true },
    })
    expect(after).toEqual({
      ...before,
      owner: 'noa',
      service: 'orders',
      on_call: 'pager',
      recovery: { backups: 'in the safe', separateAuthority: true },
      revision: after['revision'],
    })
    expect(await desk.done('roots/api-orders', { owner: 'mia' })).toEqual({
      ...before,
      revision: expect.any(String),
    })
    await desk.applied()
    expect(await desk.get('roots/api-orders')).toMatchObject({ owner: 'mia', state: 'usable', source: 'api' })
  })

  it('takes no credential, no unknown root and no unknown owner', async () => {
    const { password } = desk.world.staging.root as { password: string }
    const sent = await desk.put('roots/api-orders', { owner: 'mia', secret: desk.world.staging.root })
    expectRefused(sent, 'invalid_request', password)
    expectRefused(await desk.put('roots/nothing', { owner: 'mia' }), 'not_found')
    expect((await desk.put('roots/api-orders', { owner: 'stranger' })).body).toMatchObject({
      code: 'config_invalid',
      problems: [{ at: 'owner' }],
    })
  })

  it('is enabled again by saying what it is', async () => {
    await desk.asAdmin({ method: 'DELETE', path: '/v1/roots/api-orders' })
    expect(await desk.get('roots/api-orders')).toMatchObject({ disabled: true })
    expect(await desk.done('roots/api-orders', { owner: 'mia' })).toMatchObject({
      disabled: false,
      state: 'usable',
    })
  })
})

describe('a new credential for a root that files do not own', () => {
  const path = 'roots/api-orders/credential'
  const credentialOf = (user: string) => ({ ...desk.world.staging.root, user, password: `${user}-secret` })
  const said = async (secret: unknown) => await desk.put(path, { secret })
  const minter = (user: string) =>
    desk.world.staging.admin(`CREATE ROLE ${user} LOGIN CREATEROLE PASSWORD '${user}-secret';
      GRANT USAGE ON SCHEMA public TO ${user} WITH GRANT OPTION;
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${user} WITH GRANT OPTION;
      GRANT CONNECT ON DATABASE orders TO ${user} WITH GRANT OPTION`)

  it('is inspected as at intake, and with it what the scopes of the root can do', async () => {
    await minter('next_minter')
    const scope = { root: 'api-orders', environment: 'staging' }
    const allow = { template: 'read-only', schemas: ['public'] }
    await desk.done('scopes/api-orders-ro', { ...scope, allow })
    const before = await desk.get('roots/api-orders')
    for (const secret of [
      { ...credentialOf('next_minter'), password: 'canary-wrong' },
      { ...credentialOf('next_minter'), database: 'postgres' },
      { password: 'canary-wrong' },
      'canary-wrong',
    ]) {
      const refused = await said(secret)
      expect(refused.status, refused.text).toBeGreaterThanOrEqual(400)
      expect(refused.text).not.toMatch(/canary-wrong|next_minter-secret/)
    }
    expect(await desk.get('roots/api-orders')).toEqual(before)
    const after = await desk.done(path, { secret: credentialOf('next_minter') })
    expect(after).toMatchObject({
      identity: expect.stringContaining('next_minter'),
      version: Number(before['version']) + 1,
      source: 'api',
      owner: 'mia',
    })
    expect(after['fingerprint']).not.toBe(before['fingerprint'])
    expect(JSON.stringify(after)).not.toContain('next_minter-secret')
    const client = desk.agent.client
    const task = await client.startTask({
      environment: 'staging',
      purpose: 'x',
      scopes: ['api-orders-ro'],
    })
    await task.credential('api-orders-ro')
    await task.end()
  })

  it('the same again changes nothing, and the log has it once', async () => {
    // The last use comes from the log, a moment after it.
    const { last_used_at: _, ...before } = await desk.get('roots/api-orders')
    expect(await desk.done(path, { secret: credentialOf('next_minter') })).toMatchObject(before)
    const events = () =>
      desk.asAdmin({ path: '/v1/audit/events?type=root.replaced' }).then(({ body }) => body['items'])
    await expect.poll(events, { timeout: 20_000 }).toEqual([
      {
        index: expect.any(Number),
        event: expect.objectContaining({
          facts: expect.objectContaining({ root: 'api-orders', rootFingerprint: before['fingerprint'] }),
        }),
      },
    ])
  })

  it('comes by standard input, and says who has to end the former one', async () => {
    await minter('last_minter')
    const { broker } = desk.world
    const stdin = JSON.stringify(credentialOf('last_minter'))
    const ran = await broker.cli(['root', 'replace', 'api-orders'], { stdin })
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('end it at its vendor now') })
    expect(ran.stdout).toContain('last_minter')
    expect(ran.stdout + ran.stderr + broker.log()).not.toContain('last_minter-secret')
    const owned = await broker.cli(['root', 'replace', 'staging-orders'], { stdin })
    expect(owned).toMatchObject({ code: 1, stderr: expect.stringContaining('--renew staging-orders') })
    expectRefused(await desk.put('roots/nothing/credential', { secret: {} }), 'not_found')
  })

  it('enables nothing that was disabled', async () => {
    await desk.asAdmin({ method: 'DELETE', path: '/v1/roots/api-orders' })
    expect(await desk.done(path, { secret: credentialOf('next_minter') })).toMatchObject({ disabled: true })
    expect(await desk.done('roots/api-orders', { owner: 'mia' })).toMatchObject({ disabled: false })
  })
})

describe('what was changed by hand is not laundered (I13)', () => {
  it('by putting something else, whatever it is', async () => {
    const allow = { template: 'read-only', schemas: ['public'] }
    const scope = { root: 'staging-orders', environment: 'staging', allow }
    await desk.done('teams/night', {})
    await desk.done('environments/lab', { tier: 'standard' })
    await desk.done('scopes/orders-audit', scope)
    await desk.done('agents/wren', { owner: 'mia' })
    await desk.done('environments/attic', { tier: 'standard', backups: ['lab'] })
    await desk.done('environments/lab', { tier: 'standard' })
    const group = (await desk.get('environments/lab'))['recovery_group']
    expect(group).toBe('attic')
    await desk.database(`UPDATE agents SET body = body || '{"owner": "noa"}' WHERE name = 'wren'`)
    await desk.database(`UPDATE environments SET body = body || '{"backups": []}' WHERE name = 'attic'`)
    await desk.database(
      `UPDATE scopes SET body = body || '{"maxTtlSeconds": 9999}' WHERE name = 'orders-audit'`,
    )
    await desk.done('teams/night', { description: 'another' })
    await desk.done('agents/robin', { owner: 'mia' })
    expect(await desk.done('environments/lab', { tier: 'disposable' })).toMatchObject({
      recovery_group: group,
    })
    await desk.done('scopes/orders-late', scope)
    for (const path of ['agents/wren', 'environments/attic', 'scopes/orders-audit'])
      expect(await desk.get(path), path).toMatchObject({ tampered: true })
    await desk.applied()
    for (const path of ['agents/wren', 'environments/attic', 'scopes/orders-audit'])
      expect(await desk.get(path), path).toMatchObject({ tampered: true })
    expect(await desk.get('environments/lab')).toMatchObject({ recovery_group: group })
  })

  it('putting the thing itself says what it is, and seals that', async () => {
    expect(await desk.done('agents/wren', { owner: 'mia' })).toMatchObject({ tampered: false, owner: 'mia' })
    expect(await desk.done('environments/attic', { tier: 'standard', backups: ['lab'] })).toMatchObject({
      tampered: false,
      backups: ['lab'],
    })
    await desk.database(`UPDATE teams SET mac = 'x' WHERE name = 'night'`)
    expect(await desk.get('teams/night')).toMatchObject({ tampered: true })
    expect(await desk.done('teams/night', { description: 'another' })).toMatchObject({ tampered: false })
  })

  it('a root whose row says something else cannot be talked right', async () => {
    await desk.database(`UPDATE roots SET body = body || '{"reach": []}' WHERE name = 'api-orders'`)
    expectRefused(await desk.put('roots/api-orders', { owner: 'mia' }), 'tampered')
    const secret = desk.world.staging.root
    expectRefused(await desk.put('roots/api-orders/credential', { secret }), 'tampered')
  })
})
