import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asRoot } from '../../../../../test/contracts/provider/bench.ts'
import { type Shop, startShop } from '../../../test/postgres-fixture.ts'
import { deskOf } from '../../../test/postgres-provider.ts'

const page = new URL('../../../../../docs/providers/postgres-role.md', import.meta.url)

describe('docs/providers/postgres-role.md', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = (await startShop(18)) as Shop
  })
  afterAll(() => shop.close())

  it('its set-up, pasted, makes a root without findings that mints, also for tables made later', async () => {
    const text = await readFile(page, 'utf8')
    const sql = /```sql\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
    await shop.admin(
      'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM broker_root; REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM broker_root',
    )
    await shop.admin(
      'REVOKE ALL ON SCHEMA public FROM broker_root; REVOKE app_ro FROM broker_root; DROP ROLE broker_root',
    )
    await shop.admin('ALTER ROLE shop_owner RENAME TO orders_owner')
    await shop.admin(sql)
    await shop.admin('SET ROLE orders_owner; CREATE TABLE later (id serial); RESET ROLE')

    const desk = deskOf(shop, { ...shop.root, password: 'change-me' })
    expect(await desk.provider.inspect(desk.root)).toMatchObject({
      reach: [shop.anchor('orders')],
      findings: [],
    })
    const lease = await desk.mint({ template: 'read-write' }, ['read', 'write'])
    await shop.connect(lease).unsafe('INSERT INTO later DEFAULT VALUES')
    expect(await desk.revoke(lease.name)).toEqual({ credentialDead: true, sessionsDead: true })
  })

  it('names every finding that can be made', async () => {
    const text = await readFile(page, 'utf8')
    const { findings } = await deskOf(shop).provider.inspect(asRoot(shop.superuserRoot))
    for (const { code } of findings) expect(text).toContain(`\`${code}\``)
    const sources = await Promise.all(
      ['inspect.ts', 'assess.ts'].map((file) => readFile(new URL(file, import.meta.url), 'utf8')),
    )
    const codes = sources.flatMap((source) => [
      ...source.matchAll(/'(?:unsafe|over-broad|advice)',\s+'([a-z-]+)'|code: '([a-z-]+)'/g),
    ])
    expect(codes.length).toBeGreaterThan(8)
    for (const [, first, second] of codes) expect(text).toContain(`\`${first ?? second}\``)
  })
})
