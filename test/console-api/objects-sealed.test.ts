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
      config_version: after['config_version'],
    })
    expect(await desk.done('roots/api-orders', { owner: 'mia' })).toEqual({
      ...before,
      config_version: expect.any(Number),
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
  })
})
