import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '@credbroker/core/secret'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asRoot, testIo } from '../../../../../test/contracts/provider/bench.ts'
import { type Shop, startShop } from '../../../test/postgres-fixture.ts'
import { type Desk, deskOf } from '../../../test/postgres-provider.ts'
import { guardProvider } from '../../guard.ts'
import postgresRole from '../postgres-role.ts'

describe('what a PostgreSQL root reaches is read from its server', () => {
  let shop: Shop
  let desk: Desk
  beforeAll(async () => {
    shop = (await startShop(18)) as Shop
    desk = deskOf(shop)
  })
  afterAll(() => shop.close())

  const codes = async (root = desk.root) =>
    (await desk.provider.inspect(root)).findings.map(({ code }) => code)

  it('I2 names every other database that PUBLIC may enter, with the statement that closes it', async () => {
    await shop.admin('GRANT CONNECT ON DATABASE production TO PUBLIC')
    await shop.admin('CREATE DATABASE "odd ""name"""', 'postgres')
    const { reach, findings } = await desk.provider.inspect(desk.root)
    expect(reach).toEqual([shop.anchor('odd%20%22name%22'), shop.anchor('orders'), shop.anchor('production')])
    const unsafe = findings.find(({ code }) => code === 'public-connect')
    expect(unsafe?.level).toBe('unsafe')
    expect(unsafe?.message).toContain('REVOKE CONNECT ON DATABASE "production" FROM PUBLIC;')
    expect(unsafe?.message).toContain('REVOKE CONNECT ON DATABASE "odd ""name""" FROM PUBLIC;')
    const assessed = await desk.assess({ template: 'read-only' })
    expect(assessed.reach).toContain(shop.anchor('production'))
    await expect(desk.mint({ template: 'read-only' })).rejects.toMatchObject({ code: 'reach_refused' })
    await shop.admin('DROP DATABASE "odd ""name"""', 'postgres')
    await shop.admin('REVOKE CONNECT ON DATABASE production FROM PUBLIC')
    expect(await codes()).toEqual(['empty-database-open'])
  })

  it('I2 the maintenance database counts from the moment something is in it', async () => {
    await shop.admin('CREATE TABLE stray ()', 'postgres')
    const { reach, findings } = await desk.provider.inspect(desk.root)
    expect(reach).toContain(shop.anchor('postgres'))
    expect(findings.map(({ code }) => code)).toContain('public-connect')
    await expect(desk.mint({ template: 'read-only' })).rejects.toMatchObject({ code: 'reach_refused' })
    await shop.admin('DROP TABLE stray', 'postgres')
    expect((await desk.provider.inspect(desk.root)).reach).toEqual([shop.anchor('orders')])
  })

  it('a superuser reaches everything, and each needless right is named', async () => {
    const superuser = await desk.provider.inspect(asRoot(shop.superuserRoot))
    expect(superuser.reach).toContain(shop.anchor('production'))
    expect(superuser.findings).toContainEqual(
      expect.objectContaining({ level: 'over-broad', code: 'superuser' }),
    )
    await shop.admin(
      'ALTER ROLE broker_root CREATEDB REPLICATION BYPASSRLS; GRANT pg_read_server_files TO broker_root',
    )
    expect(await codes()).toEqual(
      expect.arrayContaining(['createdb', 'replication', 'bypass-rls', 'pg-read-server-files']),
    )
    await shop.admin(
      'ALTER ROLE broker_root NOCREATEDB NOREPLICATION NOBYPASSRLS; REVOKE pg_read_server_files FROM broker_root',
    )
    await shop.admin('ALTER ROLE broker_root NOCREATEROLE')
    expect(await codes()).toContain('no-createrole')
    await shop.admin('ALTER ROLE broker_root CREATEROLE')
  })

  it('a cluster whose identity cannot be read has an unreadable reach', async () => {
    await shop.admin('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC')
    expect(await desk.provider.inspect(desk.root)).toMatchObject({ reach: [], complete: false })
    await expect(desk.mint({ template: 'read-only' })).rejects.toMatchObject({ code: 'reach_refused' })
    await shop.admin('GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC')
  })

  it('`trust` is unsafe, a clear-text rule is refused, and the password is never given to either', async () => {
    const file = join(shop.server.directory, 'data', 'pg_hba.conf')
    const original = await readFile(file, 'utf8')
    const rule = async (method: string) => {
      await writeFile(file, `host all postgres all scram-sha-256\nhost all all all ${method}\n`)
      await shop.admin('SELECT pg_reload_conf()')
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    await rule('trust')
    expect(await codes()).toContain('trust-authentication')
    await rule('password')
    await expect(desk.provider.inspect(desk.root)).rejects.toMatchObject({
      code: 'vendor_refused',
      message: expect.stringContaining('in a form that reveals it'),
    })
    expect(await codes(asRoot(shop.superuserRoot))).toContain('clear-text-password')
    await writeFile(file, original)
    await shop.admin('SELECT pg_reload_conf()')
  })

  it('takes a URL as well, and refuses private addresses unless that is allowed', async () => {
    const { user, password, port } = shop.root
    const url = new Secret(`postgres://${user}:${password}@localhost:${port}/orders?sslmode=prefer`)
    expect((await desk.provider.inspect(url)).reach).toEqual([shop.anchor('orders')])
    const strict = guardProvider(postgresRole, {
      io: (signal) => ({ ...testIo(signal), allowPrivateUpstreams: false }),
    })
    for (const host of ['localhost', '127.0.0.1', '[::ffff:127.0.0.1]', '[::1]', '10.1.2.3'])
      await expect(
        strict.inspect(new Secret(`postgres://${user}:${password}@${host}:${port}/orders`)),
      ).rejects.toMatchObject({ code: 'root_unusable' })
    for (const text of [
      'postgres:///orders',
      'postgres://u:p@h/db?host=/tmp',
      'mysql://u:p@h/db',
      'postgres://u:p@h/',
      'postgres://u:p@%2Ftmp/db',
    ])
      expect(() => strict.checkRoot(new Secret(text))).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      )
  })

  it('asks for TLS where `sslmode` says so, and does without only under `prefer`', async () => {
    for (const sslmode of ['require', 'verify-ca', 'verify-full'])
      await expect(desk.provider.inspect(asRoot({ ...shop.root, sslmode }))).rejects.toMatchObject({
        code: 'vendor_refused',
      })
    expect((await desk.provider.inspect(asRoot({ ...shop.root, sslmode: 'prefer' }))).complete).toBe(true)
  })
})
