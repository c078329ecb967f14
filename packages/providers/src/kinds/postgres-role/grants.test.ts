import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Shop, startShop } from '../../../test/postgres-fixture.ts'
import { type Desk, deskOf } from '../../../test/postgres-provider.ts'
import { identifier, quoteIdentifier, quoteLiteral } from './identifier.ts'

const HOSTILE = `or"ders; DROP ROLE broker_root; --'\\`

describe('what a scope names is quoted, found and truly given', () => {
  let shop: Shop
  let desk: Desk
  beforeAll(async () => {
    shop = (await startShop(18)) as Shop
    desk = deskOf(shop)
  })
  afterAll(() => shop.close())

  it('every name and text survives quoting on a real server (CVE-2026-39946)', async () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 63 })
      .filter((name) => identifier.safeParse(name).success)
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (name, standard) => {
        await shop.admin(`SET standard_conforming_strings = ${standard ? 'on' : 'off'}`)
        const [row] = await shop.admin(`SELECT ${quoteLiteral(name)} AS ${quoteIdentifier(name)}`)
        expect(row).toEqual({ [name]: name })
      }),
      { numRuns: 200 },
    )
    await shop.admin('RESET standard_conforming_strings')
  })

  it('schemas and tables with hostile names are given as they are, and taken back', async () => {
    const [schema, table] = [quoteIdentifier(`s${HOSTILE}`), quoteIdentifier(HOSTILE)]
    await shop.admin(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.${table} (id int);
      GRANT USAGE ON SCHEMA ${schema} TO broker_root WITH GRANT OPTION;
      GRANT SELECT, INSERT, UPDATE ON ${schema}.${table} TO broker_root WITH GRANT OPTION`)
    const lease = await desk.mint({ template: 'read-write', schemas: [`s${HOSTILE}`] })
    const sql = shop.connect(lease)
    await sql.unsafe(`INSERT INTO ${schema}.${table} VALUES (1)`)
    await expect(sql.unsafe('SELECT 1 FROM public.orders')).rejects.toMatchObject({ code: '42501' })
    expect(await desk.revoke(lease.name)).toEqual({ credentialDead: true, sessionsDead: true })
    await shop.admin(`DROP SCHEMA ${schema} CASCADE`)
  })

  it('what the root cannot give is refused by name, not left out', async () => {
    await shop.admin('CREATE TABLE vault (id int); GRANT SELECT ON vault TO broker_root')
    await expect(desk.mint({ template: 'read-only' })).rejects.toMatchObject({
      code: 'vendor_refused',
      message: expect.stringContaining('SELECT on "public"."vault"'),
    })
    const roles = await shop.admin(`SELECT 1 FROM pg_roles WHERE rolname LIKE 'brk%'`)
    expect(roles).toEqual([])
    await shop.admin('DROP TABLE vault')
  })

  it('what does not exist is named by its place in the scope', async () => {
    const problems = async (spec: object) =>
      desk.assess(spec as never).then(
        () => [],
        (error: { details: { problems: { at: string }[] } }) => error.details.problems.map(({ at }) => at),
      )
    expect(await problems({ template: 'read-only', schemas: ['public', 'nowhere'] })).toEqual([
      'spec.schemas.1',
    ])
    const tables = [
      { table: 'orders', privileges: ['select'] },
      { table: 'nothing', privileges: ['select'] },
    ]
    expect(await problems({ template: 'tables', tables })).toEqual(['spec.tables.1'])
    expect(await problems({ template: 'roles', roles: ['nobody'] })).toEqual(['spec.roles'])
    expect(await problems({ template: 'roles', roles: ['broker_root'] })).toEqual(['spec.roles'])
    expect(await problems({ template: 'roles', roles: ['brk_other'] })).toEqual(['spec.roles.0'])
  })

  it('I3 the server ends it by its own clock, and the comment says who is accountable', async () => {
    const lease = await desk.mint({ template: 'read-only' })
    const [row] =
      await shop.admin(`SELECT rolvaliduntil BETWEEN now() + interval '50s' AND now() + interval '61s' AS soon, rolconnlimit,
      shobj_description(oid, 'pg_authid') AS said, rolpassword FROM pg_authid WHERE rolname = '${lease.name}'`)
    expect(row).toMatchObject({
      soon: true,
      rolconnlimit: 5,
      said: 'credbroker agent=agent:ci owner=user:ada task=tsk_1 environment=staging',
      rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$/),
    })
    await desk.revoke(lease.name)
  })
})
