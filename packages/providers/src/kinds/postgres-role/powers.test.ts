import type { Access } from '@credbroker/core/access'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../../../test/harness/services.ts'
import { type Shop, startShop } from '../../../test/postgres-fixture.ts'
import { type Desk, deskOf } from '../../../test/postgres-provider.ts'

const noPostgres15 = await needs('postgres15')

interface Trap {
  /** What an agent with this scope could do beyond reading. */
  readonly so: string
  readonly make: string
  readonly undo: string
  readonly access: Access
  readonly because: RegExp
  readonly spec?: object
}

const READ = { template: 'tables', tables: [{ table: 'orders', privileges: ['select'] }] }
const SECDEF = `LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN DELETE FROM public.orders; END $$`

const TRAPS: readonly Trap[] = [
  {
    so: 'empties a table through a SECURITY DEFINER function that PUBLIC may execute',
    make: `CREATE FUNCTION wipe() RETURNS void ${SECDEF}; ALTER FUNCTION wipe OWNER TO shop_owner`,
    undo: 'DROP FUNCTION wipe',
    access: 'delete',
    because: /public\.wipe\(\) runs as shop_owner: (DELETE|TRUNCATE|owns)/,
  },
  {
    so: 'runs programs through a SECURITY DEFINER function of a superuser',
    make: `CREATE FUNCTION wipe() RETURNS void ${SECDEF}`,
    undo: 'DROP FUNCTION wipe',
    access: 'execute',
    because: /public\.wipe\(\) runs as postgres, a superuser/,
  },
  {
    so: 'deletes elsewhere by writing to a table whose trigger runs as its owner',
    make: `CREATE SCHEMA hidden; CREATE FUNCTION hidden.fire() RETURNS trigger ${SECDEF.replace('END', 'RETURN NEW; END')};
      REVOKE EXECUTE ON FUNCTION hidden.fire FROM PUBLIC; ALTER FUNCTION hidden.fire OWNER TO shop_owner;
      CREATE TRIGGER fire AFTER INSERT ON customers FOR EACH ROW EXECUTE FUNCTION hidden.fire()`,
    undo: 'DROP SCHEMA hidden CASCADE',
    access: 'delete',
    because: /hidden\.fire\(\) runs as shop_owner/,
    spec: { template: 'tables', tables: [{ table: 'customers', privileges: ['insert'] }] },
  },
  {
    so: 'deletes elsewhere through a rule, which runs as the owner of its table',
    make: `CREATE RULE also AS ON INSERT TO customers DO ALSO DELETE FROM orders`,
    undo: 'DROP RULE also ON customers',
    access: 'delete',
    because: /rule on public\.customers runs as shop_owner/,
    spec: { template: 'tables', tables: [{ table: 'customers', privileges: ['insert'] }] },
  },
  {
    so: 'writes where PUBLIC may',
    make: 'CREATE TABLE board (note text); GRANT INSERT ON board TO PUBLIC',
    undo: 'DROP TABLE board',
    access: 'write',
    because: /INSERT on public\.board/,
  },
  {
    so: 'writes single columns where PUBLIC may',
    make: 'GRANT UPDATE (email) ON customers TO PUBLIC',
    undo: 'REVOKE UPDATE (email) ON customers FROM PUBLIC',
    access: 'write',
    because: /UPDATE on public\.customers/,
  },
  {
    so: 'truncates where PUBLIC may',
    make: 'GRANT TRUNCATE ON customers TO PUBLIC',
    undo: 'REVOKE TRUNCATE ON customers FROM PUBLIC',
    access: 'delete',
    because: /TRUNCATE on public\.customers/,
  },
  {
    so: 'plants code in a table that others write',
    make: 'GRANT TRIGGER ON customers TO PUBLIC',
    undo: 'REVOKE TRIGGER ON customers FROM PUBLIC',
    access: 'admin',
    because: /TRIGGER on public\.customers/,
  },
  {
    so: 'leaves functions behind in a schema that others search (the default before 15)',
    make: 'GRANT CREATE ON SCHEMA public TO PUBLIC',
    undo: 'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    access: 'admin',
    because: /CREATE in schema public/,
  },
  {
    so: 'makes schemas of its own',
    make: 'GRANT CREATE ON DATABASE orders TO PUBLIC',
    undo: 'REVOKE CREATE ON DATABASE orders FROM PUBLIC',
    access: 'admin',
    because: /CREATE in database orders/,
  },
  {
    so: 'runs programs on the server by a membership of its template role’s',
    make: 'GRANT pg_execute_server_program TO app_ro',
    undo: 'REVOKE pg_execute_server_program FROM app_ro',
    access: 'execute',
    because: /member of pg_execute_server_program/,
    spec: { template: 'roles', roles: ['app_ro'] },
  },
  {
    so: 'reads files of the server',
    make: 'GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC',
    undo: 'REVOKE EXECUTE ON FUNCTION pg_read_file(text) FROM PUBLIC',
    access: 'admin',
    because: /since PUBLIC may, pg_read_file\(text\)/,
  },
  {
    so: 'reads password verifiers',
    make: 'GRANT SELECT ON pg_authid TO app_ro',
    undo: 'REVOKE SELECT ON pg_authid FROM app_ro',
    access: 'secret',
    because: /SELECT on pg_authid/,
    spec: { template: 'roles', roles: ['app_ro'] },
  },
  {
    so: 'drops what its template role owns',
    make: 'CREATE TABLE owned (); ALTER TABLE owned OWNER TO app_ro',
    undo: 'DROP TABLE owned',
    access: 'delete',
    because: /owns table public\.owned/,
    spec: { template: 'roles', roles: ['app_ro'] },
  },
  {
    so: 'becomes a template role that makes roles',
    make: 'ALTER ROLE app_ro CREATEROLE',
    undo: 'ALTER ROLE app_ro NOCREATEROLE',
    access: 'admin',
    because: /is CREATEROLE/,
    spec: { template: 'roles', roles: ['app_ro'] },
  },
  {
    so: 'hands out a role',
    make: 'CREATE ROLE spare; GRANT spare TO app_ro WITH ADMIN OPTION',
    undo: 'DROP ROLE spare',
    access: 'admin',
    because: /may hand out role spare/,
    spec: { template: 'roles', roles: ['app_ro'] },
  },
  {
    so: 'changes a large object',
    make: `SELECT lo_create(4711); GRANT UPDATE ON LARGE OBJECT 4711 TO PUBLIC`,
    undo: 'SELECT lo_unlink(4711)',
    access: 'write',
    because: /UPDATE on large object 4711/,
  },
  {
    so: 'changes a setting of the server',
    make: 'GRANT SET ON PARAMETER session_preload_libraries TO PUBLIC',
    undo: 'REVOKE SET ON PARAMETER session_preload_libraries FROM PUBLIC',
    access: 'admin',
    because: /may set session_preload_libraries/,
  },
  {
    so: 'calls compiled code that nobody here knows',
    make: `CREATE FUNCTION compiled(regclass) RETURNS bigint LANGUAGE internal AS 'pg_table_size'`,
    undo: 'DROP FUNCTION compiled',
    access: 'admin',
    because: /calls internal function public\.compiled\(regclass\)/,
  },
  {
    so: 'advances a sequence',
    make: 'GRANT USAGE ON SEQUENCE orders_id_seq TO PUBLIC',
    undo: 'REVOKE USAGE ON SEQUENCE orders_id_seq FROM PUBLIC',
    access: 'write',
    because: /advances sequence public\.orders_id_seq/,
  },
]

for (const version of noPostgres15 ? ([18] as const) : ([18, 15] as const))
  describe(`I4b what a lease on PostgreSQL ${version} could do is read from its catalogue`, () => {
    let shop: Shop
    let desk: Desk
    beforeAll(async () => {
      shop = (await startShop(version)) as Shop
      desk = deskOf(shop)
    })
    afterAll(() => shop.close())

    it('a read-only scope reads and nothing more, and the sessions of that lease agree', async () => {
      expect(await desk.assess({ template: 'read-only' })).toMatchObject({ access: ['read'], evidence: [] })
      const lease = await desk.mint({ template: 'read-only' }, ['read'])
      const sql = shop.connect(lease)
      expect(await sql.unsafe('SELECT total FROM orders')).toHaveLength(2)
      await sql.unsafe('SET default_transaction_read_only = off')
      await expect(sql.unsafe('DELETE FROM orders')).rejects.toMatchObject({ code: '42501' })
      await expect(sql.unsafe('CREATE TABLE mine ()')).rejects.toMatchObject({ code: '42501' })
      await sql.end()
      await desk.revoke(lease.name)
    })

    it('each template and each table adds exactly what it says', async () => {
      const access = async (spec: object) => (await desk.assess(spec as never)).access
      expect(await access({ template: 'read-write' })).toEqual(['read', 'write'])
      expect(await access({ template: 'read-write-delete' })).toEqual(['read', 'write', 'delete'])
      const tables = [{ table: 'orders', privileges: ['delete'] }]
      expect(await access({ template: 'tables', tables })).toEqual(['read', 'delete'])
      expect(await access({ template: 'roles', roles: ['app_ro'] })).toEqual(['read'])
    })

    it('an INSERT with read-write works, sequence included', async () => {
      const lease = await desk.mint({ template: 'read-write' })
      const sql = shop.connect(lease)
      await sql.unsafe('INSERT INTO orders (total) VALUES (30)')
      await expect(sql.unsafe('DELETE FROM orders')).rejects.toMatchObject({ code: '42501' })
      await sql.end()
      expect(await desk.revoke(lease.name)).toEqual({ credentialDead: true, sessionsDead: true })
    })

    for (const trap of TRAPS)
      it(`sees that it ${trap.so}, and mints nothing for a decision that did not know`, async () => {
        const spec = (trap.spec ?? READ) as never
        const before = (await desk.assess(spec)).access
        expect(before).not.toContain(trap.access)
        await shop.admin(trap.make)
        try {
          const { access, evidence } = await desk.assess(spec)
          expect(access).toContain(trap.access)
          expect(
            evidence.filter((each) => each.access === trap.access).map(({ because }) => because),
          ).toContainEqual(expect.stringMatching(trap.because))
          await expect(desk.mint(spec, before)).rejects.toMatchObject({ code: 'reach_refused' })
        } finally {
          await shop.admin(trap.undo)
        }
        expect((await desk.assess(spec)).access).toEqual(before)
      })

    it('I2 refuses a lease that could look through to another server, also through a view', async () => {
      await shop.admin(`CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE elsewhere (id int) SERVER far; CREATE VIEW near AS SELECT * FROM elsewhere;
        CREATE VIEW nearer AS SELECT * FROM near; ALTER VIEW nearer OWNER TO broker_root`)
      const spec = { template: 'tables', tables: [{ table: 'nearer', privileges: ['select'] }] }
      const { access, findings } = await desk.assess(spec)
      expect(access).toContain('admin')
      expect(findings).toMatchObject([{ level: 'unsafe', code: 'foreign-server' }])
      await expect(desk.mint(spec)).rejects.toMatchObject({ code: 'reach_refused' })
      await shop.admin('DROP FOREIGN DATA WRAPPER w CASCADE')
    })

    it('an assessment leaves no trace at the server', async () => {
      const roles = () => shop.admin('SELECT rolname FROM pg_roles ORDER BY 1')
      const before = await roles()
      await desk.assess({ template: 'read-write' })
      await desk.assess({ template: 'read-write', schemas: ['nowhere'] }).catch(() => {})
      expect(await roles()).toEqual(before)
    })
  })
