import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { disguises } from '../../../../../test/contracts/provider/bench.ts'
import { startFaultProxy } from '../../../../../test/harness/fault-proxy.ts'
import { type Shop, startShop } from '../../../test/postgres-fixture.ts'
import { type Desk, deskOf } from '../../../test/postgres-provider.ts'
import type { GuardedRotation } from '../../guard.ts'

describe('rotation of a PostgreSQL root, in place', () => {
  let shop: Shop
  let desk: Desk
  let rotation: Extract<GuardedRotation, { style: 'in-place' }>
  beforeAll(async () => {
    shop = (await startShop(18)) as Shop
    desk = deskOf(shop)
    if (desk.provider.rotation?.style !== 'in-place') throw new Error('not in place')
    rotation = desk.provider.rotation
  })
  afterAll(() => shop.close())

  it('plans without calling anybody, applies, and the old password is dead', async () => {
    const next = rotation.plan(desk.root)
    expect((await desk.provider.inspect(desk.root)).complete).toBe(true)
    await rotation.apply(desk.root, next)
    await expect(desk.provider.inspect(desk.root)).rejects.toMatchObject({ code: 'vendor_refused' })
    expect((await desk.provider.inspect(next)).complete).toBe(true)
    // A crash after the vendor's change: the same step again finds it done.
    await rotation.apply(desk.root, next)
    const planned = rotation.plan(next)
    await rotation.apply(next, planned)
    await expect(rotation.apply(desk.root, next)).rejects.toMatchObject({ code: 'vendor_refused' })
    expect((await desk.provider.inspect(planned)).complete).toBe(true)
  })

  it('I1 no password, minted or rotated, is in anything that is sent to the server', async () => {
    const fresh = (await startShop(18)) as Shop
    const proxy = await startFaultProxy({ host: '127.0.0.1', port: fresh.server.port }, undefined)
    const through = deskOf(fresh, { ...fresh.root, port: proxy.port })
    const lease = await through.mint({ template: 'read-write' })
    const next = rotation.plan(through.root)
    await rotation.apply(through.root, next)
    const sent = proxy.sent().toString('latin1')
    expect(sent).toContain('SCRAM-SHA-256$4096:')
    const passwords = [through.root, next].map((root) => String(JSON.parse(root.expose()).password))
    for (const password of [lease.password, ...passwords])
      for (const disguise of disguises(password)) expect(sent.includes(disguise)).toBe(false)
    await proxy.stop()
    await fresh.close()
  })
})
