import type { Json } from '@credbroker/core/canonical-json'
import type { BrokerError } from '@credbroker/core/errors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../../../test/harness/services.ts'
import { type Shop, startShop } from '../../../test/postgres-fixture.ts'
import { type Desk, deskOf } from '../../../test/postgres-provider.ts'
import { spec as specSchema } from './spec.ts'

const noPostgres15 = await needs('postgres15')

const DEAD = { credentialDead: true, sessionsDead: true }
const spec = (reassignOwnedTo: string, ...roles: string[]): Json => ({
  template: 'roles',
  roles: [reassignOwnedTo, ...roles],
  reassignOwnedTo,
})

for (const version of noPostgres15 ? ([18] as const) : ([18, 15] as const))
  describe(`reassignOwnedTo on PostgreSQL ${version}`, () => {
    let shop: Shop
    let desk: Desk
    beforeAll(async () => {
      shop = (await startShop(version)) as Shop
      desk = deskOf(shop)
      await newHeir('heir')
      await shop.admin(`CREATE ROLE bystander LOGIN PASSWORD 'by'; GRANT USAGE ON SCHEMA public TO bystander;
        GRANT CREATE ON DATABASE orders TO heir, broker_root;
        ALTER DEFAULT PRIVILEGES FOR ROLE heir GRANT SELECT ON TABLES TO broker_root WITH GRANT OPTION;
        ALTER DEFAULT PRIVILEGES FOR ROLE heir IN SCHEMA public GRANT SELECT ON TABLES TO bystander;
        ALTER DEFAULT PRIVILEGES FOR ROLE heir GRANT USAGE ON SEQUENCES TO bystander;
        ALTER DEFAULT PRIVILEGES FOR ROLE heir GRANT USAGE ON SCHEMAS TO PUBLIC`)
    })
    afterAll(() => shop.close())

    const newHeir = (name: string) =>
      shop.admin(`CREATE ROLE ${name}; GRANT ${name} TO broker_root WITH ADMIN OPTION;
        GRANT USAGE, CREATE ON SCHEMA public TO ${name}`)
    const HEIR = spec('heir')
    const owner = async (table: string) =>
      (
        await shop.admin(
          `SELECT relowner::regrole::text AS owner FROM pg_class WHERE oid = '${table}'::regclass`,
        )
      )[0]?.['owner']
    /** Mints, lets the lease work, and ends it. */
    const lease = async (what: string, as = HEIR) => {
      const { name, ...login } = await desk.mint(as)
      await shop.connect(login).unsafe(what)
      return desk.revoke(name, as)
    }

    it('lets one lease after the other change the table that the first one made', async () => {
      expect(await lease('CREATE TABLE refunds (id serial PRIMARY KEY)')).toEqual(DEAD)
      expect(
        await lease('ALTER TABLE refunds ADD cents int; ALTER TABLE refunds ADD CHECK (cents > 0)'),
      ).toEqual(DEAD)
      expect(await lease('ALTER TABLE refunds ADD why text; CREATE INDEX ON refunds (why)')).toEqual(DEAD)
      expect(await owner('refunds')).toBe('heir')
      expect(await owner('refunds_id_seq')).toBe('heir')
    })

    it('gives the table the default privileges of its heir, and to no lease more than its scope', async () => {
      const bystander = shop.connect({ user: 'bystander', password: 'by' })
      expect(await bystander.unsafe('SELECT * FROM refunds')).toEqual([])
      expect(await bystander.unsafe(`SELECT nextval('refunds_id_seq')::int AS next`)).toEqual([{ next: 1 }])
      await expect(bystander.unsafe('DELETE FROM refunds')).rejects.toMatchObject({ code: '42501' })
      const reader = await desk.mint(
        { template: 'tables', tables: [{ table: 'refunds', privileges: ['select'] }] },
        ['read'],
      )
      expect(await shop.connect(reader).unsafe('SELECT * FROM refunds')).toEqual([])
      expect(await desk.revoke(reader.name)).toEqual(DEAD)
    })

    it('hands over schemas, types and large objects, also where the lease took its own rights away', async () => {
      const made = `CREATE SCHEMA report; CREATE TYPE report.mood AS ENUM ('fine'); CREATE TABLE report.days (mood report.mood);
        CREATE SEQUENCE report.loose; SELECT lo_create(815); REVOKE ALL ON SCHEMA report FROM CURRENT_USER`
      expect(await lease(made)).toEqual(DEAD)
      const owners =
        await shop.admin(`SELECT relowner::regrole::text AS owner FROM pg_class WHERE relnamespace = 'report'::regnamespace
        UNION SELECT typowner::regrole::text FROM pg_type WHERE typnamespace = 'report'::regnamespace
        UNION SELECT lomowner::regrole::text FROM pg_largeobject_metadata
        UNION SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'report'`)
      expect(owners).toEqual([{ owner: 'heir' }])
      expect(await lease('DROP SCHEMA report CASCADE; SELECT lo_unlink(815)')).toEqual(DEAD)
    })

    it('hands over nothing that would act with the rights of the heir', async () => {
      const made = `CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN DELETE FROM refunds; RETURN NEW; END';
        CREATE VIEW peep AS SELECT * FROM refunds; GRANT ALL ON peep TO PUBLIC;
        CREATE TABLE bait (x int); GRANT ALL ON bait TO PUBLIC; CREATE RULE eat AS ON UPDATE TO bait DO ALSO DELETE FROM refunds;
        CREATE TRIGGER spring BEFORE INSERT ON bait FOR EACH ROW EXECUTE FUNCTION trap();
        CREATE TRIGGER other BEFORE INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION trap()`
      expect(await lease(made)).toEqual(DEAD)
      expect(await owner('bait')).toBe('heir')
      const left =
        await shop.admin(`SELECT proname FROM pg_proc WHERE proname = 'trap' UNION ALL SELECT relname FROM pg_class WHERE relname = 'peep'
        UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal UNION ALL SELECT rulename FROM pg_rewrite WHERE ev_class = 'bait'::regclass`)
      expect(left).toEqual([])
      await shop.admin('DROP TABLE bait')
    })

    it('leaves no check or default that a foreign key would compute with the rights of the new owner', async () => {
      await shop.admin(
        'CREATE TABLE ledger (x int); INSERT INTO ledger VALUES (42); GRANT SELECT ON ledger TO heir',
      )
      const peek = `query_to_xml('SELECT * FROM public.ledger', true, false, '')::text`
      const made = `CREATE TABLE key (k text PRIMARY KEY, n int UNIQUE); INSERT INTO key VALUES ('a', 1);
        CREATE DOMAIN odd AS text CHECK (VALUE <> 'c' OR ${peek} ~ '41');
        CREATE TABLE echo (k odd REFERENCES key ON UPDATE CASCADE, n int CHECK (n > 0), CONSTRAINT spy CHECK (k <> 'b' OR ${peek} ~ '41'));
        CREATE TABLE back (n int DEFAULT length(${peek}) REFERENCES key (n) ON DELETE SET DEFAULT);
        INSERT INTO echo VALUES ('a', 1); GRANT ALL ON key TO PUBLIC`
      expect(await lease(made)).toEqual(DEAD)
      const bystander = shop.connect({ user: 'bystander', password: 'by' })
      await bystander.unsafe(`UPDATE key SET k = 'b'`)
      await bystander.unsafe(`UPDATE key SET k = 'c'`)
      const left =
        await shop.admin(`SELECT conname FROM pg_constraint WHERE conrelid IN ('echo'::regclass, 'back'::regclass) AND contype IN ('c', 'f')
        ORDER BY 1`)
      expect(left).toEqual([{ conname: 'echo_k_fkey' }, { conname: 'echo_n_check' }])
      await shop.admin('DROP TABLE back, echo, key, ledger; DROP DOMAIN odd')
    })

    it.each([
      ['is gone', (heir: string) => `DROP OWNED BY ${heir}; DROP ROLE ${heir}`],
      ['became a superuser', (heir: string) => `ALTER ROLE ${heir} SUPERUSER`],
      ['may no longer create there', (heir: string) => `REVOKE CREATE ON SCHEMA public FROM ${heir}`],
      ['is none that the root may become', (heir: string) => `REVOKE ${heir} FROM broker_root CASCADE`],
    ])('gives it to the root, and says so, when the heir %s', async (_, change) => {
      await newHeir('fleeting')
      await shop.admin('GRANT CREATE ON SCHEMA public TO broker_root')
      const { name, ...login } = await desk.mint(spec('fleeting', 'heir'))
      await shop.connect(login).unsafe('CREATE TABLE orphan (x int)')
      await shop.admin(change('fleeting'))
      expect(await desk.revoke(name, spec('fleeting', 'heir'))).toEqual({
        ...DEAD,
        remains: [expect.stringContaining('belongs to the root')],
      })
      expect(await owner('orphan')).toBe('broker_root')
      expect(await shop.admin(`SELECT 1 FROM pg_roles WHERE rolname = '${name}'`)).toEqual([])
      await shop.admin('DROP TABLE orphan; REVOKE CREATE ON SCHEMA public FROM broker_root')
      if (!change('fleeting').includes('DROP ROLE'))
        await shop.admin('DROP OWNED BY fleeting; DROP ROLE fleeting')
    })

    it('I8 is finished by a later attempt when the first one fails amid it, and nobody logs in meanwhile', async () => {
      const { name, ...login } = await desk.mint(HEIR)
      await shop.connect(login).unsafe('CREATE TABLE slow (x int)')
      await shop.admin(`CREATE FUNCTION boom() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''now''; END';
        CREATE EVENT TRIGGER boom ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION boom()`)
      expect(await desk.revoke(name, HEIR)).toMatchObject({ credentialDead: true, sessionsDead: false })
      await expect(shop.connect(login).unsafe('SELECT 1')).rejects.toMatchObject({ code: '28P01' })
      await shop.admin('DROP EVENT TRIGGER boom; DROP FUNCTION boom()')
      expect(await desk.revoke(name, HEIR)).toEqual(DEAD)
      expect(await owner('slow')).toBe('heir')
      await shop.admin('DROP TABLE slow')
    })

    it.each([
      ['no role of the server', '', 'no such role'],
      [
        'mightier than its members',
        'CREATE ROLE bad BYPASSRLS; GRANT bad TO broker_root WITH ADMIN OPTION',
        'BYPASSRLS',
      ],
      [
        'none that the root may become',
        version === 15
          ? 'CREATE ROLE bad'
          : 'CREATE ROLE bad; GRANT bad TO broker_root WITH ADMIN TRUE, SET FALSE',
        'cannot SET ROLE',
      ],
      [
        'without CREATE where a lease may',
        'CREATE ROLE bad; GRANT bad TO broker_root WITH ADMIN OPTION',
        'CREATE ON SCHEMA',
      ],
    ])('is refused before anything is minted: an heir %s', async (_, setUp, message) => {
      await shop.admin(setUp)
      const refusal = await desk.assess(spec('bad', 'heir')).catch((error: unknown) => error)
      expect(refusal).toMatchObject({ code: 'invalid_request' })
      expect(JSON.stringify((refusal as BrokerError).details.problems)).toContain(message)
      await expect(desk.mint(spec('bad', 'heir'))).rejects.toMatchObject({ code: 'invalid_request' })
      await shop.admin('DROP ROLE IF EXISTS bad')
    })
  })

describe('reassignOwnedTo in a scope', () => {
  it.each([
    ['is not among the roles', { template: 'roles', roles: ['app_ro'], reassignOwnedTo: 'heir' }],
    ['is the role of a lease', spec('brk_x')],
    ['is a role of PostgreSQL’s own', spec('pg_read_all_data')],
    [
      'is with a template that gives no roles',
      { template: 'read-only', roles: ['heir'], reassignOwnedTo: 'heir' },
    ],
  ])('is refused when it %s', (_, allow) => {
    expect(specSchema.safeParse(allow).success).toBe(false)
    expect(specSchema.safeParse(spec('heir', 'app_ro')).success).toBe(true)
  })
})
