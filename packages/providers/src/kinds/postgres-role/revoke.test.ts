import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../../../test/harness/services.ts'
import { type Shop, startShop } from '../../../test/postgres-fixture.ts'
import { type Desk, deskOf } from '../../../test/postgres-provider.ts'

const noPostgres15 = await needs('postgres15')

const DEAD = { credentialDead: true, sessionsDead: true }

for (const version of noPostgres15 ? ([18] as const) : ([18, 15] as const))
  describe(`I8 revocation on PostgreSQL ${version} against a lease that resists`, () => {
    let shop: Shop
    let desk: Desk
    beforeAll(async () => {
      shop = (await startShop(version, { max_prepared_transactions: '5' })) as Shop
      desk = deskOf(shop)
      // A template role with which leases make things, as migrations do.
      await shop.admin(`CREATE ROLE maker; GRANT maker TO broker_root WITH ADMIN OPTION;
        GRANT CREATE, USAGE ON SCHEMA public TO maker; GRANT CREATE ON DATABASE orders TO maker, broker_root;
        GRANT CREATE ON SCHEMA public TO broker_root; GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO maker;
        CREATE ROLE bystander LOGIN PASSWORD 'by'; GRANT SELECT, INSERT ON orders TO bystander;
        GRANT USAGE ON SEQUENCE orders_id_seq TO bystander; GRANT USAGE, CREATE ON SCHEMA public TO bystander`)
    })
    afterAll(() => shop.close())

    const MAKER = { template: 'roles', roles: ['maker'] }
    const role = async (name: string) =>
      (await shop.admin(`SELECT rolcanlogin, rolpassword FROM pg_authid WHERE rolname = '${name}'`))[0]

    it('ends every open session and every later one', async () => {
      const lease = await desk.mint({ template: 'read-only' })
      const sessions = [1, 2, 3].map(() => shop.connect(lease))
      for (const sql of sessions) await sql.unsafe('SELECT 1')
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      const left = await shop.admin(`SELECT 1 FROM pg_stat_activity WHERE usename = '${lease.name}'`)
      expect(left).toEqual([])
      await expect(shop.connect(lease).unsafe('SELECT 1')).rejects.toMatchObject({ code: '28P01' })
    })

    it('ends a session that is amid a transaction with locks held', async () => {
      const lease = await desk.mint({ template: 'read-write' })
      const sql = shop.connect(lease)
      await sql.unsafe(
        'BEGIN; LOCK TABLE orders IN ROW EXCLUSIVE MODE; INSERT INTO orders (total) VALUES (666)',
      )
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      expect(await shop.admin('SELECT 1 FROM orders WHERE total = 666')).toEqual([])
    })

    it('is not fooled by a lease that changed its own password', async () => {
      const lease = await desk.mint({ template: 'read-only' })
      const sql = shop.connect(lease)
      await sql.unsafe('SET default_transaction_read_only = off')
      await sql.unsafe(`ALTER ROLE "${lease.name}" PASSWORD 'mine'`)
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      const again = shop.connect({ user: lease.name, password: 'mine' })
      await expect(again.unsafe('SELECT 1')).rejects.toMatchObject({ code: '28P01' })
    })

    it('keeps the tables and sequences a lease made, and gives them to the root', async () => {
      const lease = await desk.mint(MAKER)
      const sql = shop.connect(lease)
      await sql.unsafe(`CREATE SCHEMA report; CREATE TYPE report.mood AS ENUM ('fine');
        CREATE TABLE report.days (id serial, mood report.mood); INSERT INTO report.days (mood) VALUES ('fine');
        CREATE SEQUENCE report.loose; SELECT lo_create(815)`)
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      expect(await shop.admin('SELECT mood::text FROM report.days')).toMatchObject([{ mood: 'fine' }])
      const owners =
        await shop.admin(`SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class WHERE relnamespace = 'report'::regnamespace
        UNION SELECT lomowner::regrole::text FROM pg_largeobject_metadata`)
      expect(owners).toMatchObject([{ owner: 'broker_root' }])
      await shop.admin('DROP SCHEMA report CASCADE; SELECT lo_unlink(815)')
    })

    it('leaves no SECURITY DEFINER function, view or rule of a lease to act with the root’s rights', async () => {
      const lease = await desk.mint(MAKER)
      const sql = shop.connect(lease)
      await sql.unsafe(`CREATE FUNCTION trap() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM orders; SELECT 1';
        CREATE VIEW peep AS SELECT * FROM orders; GRANT ALL ON peep TO PUBLIC;
        CREATE TABLE bait (x int DEFAULT trap()); GRANT ALL ON bait TO PUBLIC; ALTER TABLE bait ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON bait USING (trap() = 1);
        CREATE FUNCTION calm(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'; CREATE INDEX odd ON bait (calm(x));
        CREATE RULE eat AS ON INSERT TO bait DO ALSO DELETE FROM orders;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC`)
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      const before = await shop.admin('SELECT count(*) FROM orders')
      const bystander = shop.connect({ user: 'bystander', password: 'by' })
      await expect(bystander.unsafe('SELECT trap()')).rejects.toMatchObject({ code: '42883' })
      await expect(bystander.unsafe('SELECT * FROM peep')).rejects.toMatchObject({ code: '42P01' })
      await shop.admin('INSERT INTO bait VALUES (1)')
      await shop.admin('ANALYZE bait')
      expect(await shop.admin('SELECT count(*) FROM orders')).toEqual(before)
      const armed = await shop.admin(`SELECT 1 FROM pg_rewrite WHERE ev_class = 'bait'::regclass
        UNION ALL SELECT 1 FROM pg_index WHERE indrelid = 'bait'::regclass UNION ALL SELECT 1 FROM pg_default_acl`)
      expect(armed).toEqual([])
      await shop.admin('DROP TABLE bait')
    })

    it('rolls back a prepared transaction that outlived its session', async () => {
      const lease = await desk.mint({ template: 'read-write' })
      const sql = shop.connect(lease)
      await sql.unsafe('BEGIN; INSERT INTO orders (total) VALUES (999)')
      await sql.unsafe(`PREPARE TRANSACTION 'it''s mine'`)
      await sql.end()
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      expect(await shop.admin('SELECT gid FROM pg_prepared_xacts')).toEqual([])
    })

    it('cannot be held up by constraints, collations and generated columns of the lease’s own', async () => {
      const lease = await desk.mint(MAKER)
      await shop
        .connect(lease)
        .unsafe(`CREATE FUNCTION same(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
        CREATE COLLATION own (provider = libc, locale = 'C'); CREATE DOMAIN pos AS int CHECK (same(VALUE) > 0);
        CREATE TABLE knot (x pos, word text COLLATE own, twice int GENERATED ALWAYS AS (same(x)) STORED,
          CONSTRAINT once EXCLUDE USING hash (same(x) WITH =), CHECK (same(x) > 0));
        CREATE STATISTICS stat ON same(x), word FROM knot; CREATE MATERIALIZED VIEW copy AS SELECT same(x) FROM knot;
        INSERT INTO knot VALUES (1, 'kept')`)
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      expect(await shop.admin('SELECT * FROM knot')).toEqual([{ x: 1, word: 'kept' }])
      await shop.admin('DROP TABLE knot; DROP DOMAIN pos; DROP COLLATION own')
    })

    it('says honestly what stands in the way, with login and rights dead, and finishes once it is gone', async () => {
      const lease = await desk.mint(MAKER)
      await shop
        .connect(lease)
        .unsafe(`CREATE EXTENSION citext; CREATE TABLE people (email citext); INSERT INTO people VALUES ('a@b');
        CREATE FUNCTION trap() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT total FROM orders'`)
      const first = await desk.revoke(lease.name)
      expect(first).toMatchObject({ credentialDead: true, sessionsDead: false })
      expect(first.remains?.join()).toContain('columns of tables depend')
      expect(await role(lease.name)).toEqual({ rolcanlogin: false, rolpassword: null })
      const bystander = shop.connect({ user: 'bystander', password: 'by' })
      await expect(bystander.unsafe('SELECT trap()')).rejects.toMatchObject({ code: '42501' })
      expect(await shop.admin('SELECT email FROM people')).toMatchObject([{ email: 'a@b' }])
      await shop.admin('ALTER TABLE people ALTER email TYPE text')
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      await shop.admin('DROP TABLE people')
    })

    it('never touches a role that is not a lease’s, even when told to', async () => {
      for (const name of ['bystander', 'postgres', 'broker_root', 'brkx'])
        await expect(desk.revoke(name)).rejects.toMatchObject({ code: 'invalid_request' })
      expect(await role('bystander')).toMatchObject({ rolcanlogin: true })
    })

    it('a name that exists is not minted over', async () => {
      const lease = await desk.mint({ template: 'read-only' })
      const order = {
        name: lease.name,
        ttlSeconds: 60,
        expiresAt: new Date(Date.now() + 60_000),
        within: { anchors: [shop.anchor('orders')], access: ['read'] as const },
        labels: { agent: 'a', owner: 'o', task: 't', environment: 'e' },
      }
      const again = desk.provider.mint(desk.root, { template: 'read-only' }, order)
      await expect(again).rejects.toMatchObject({ code: 'conflict' })
      expect(await shop.connect(lease).unsafe('SELECT 1 AS one')).toHaveLength(1)
      await desk.revoke(lease.name)
    })

    it('mints and revokes of many at once on the same tables all succeed', async () => {
      const leases = await Promise.all(Array.from({ length: 8 }, () => desk.mint({ template: 'read-write' })))
      expect(await Promise.all(leases.map(({ name }) => desk.revoke(name)))).toEqual(leases.map(() => DEAD))
      const left = await shop.admin(`SELECT relacl::text FROM pg_class WHERE relacl::text LIKE '%brk%'`)
      expect(left).toEqual([])
    })
  })
