import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { testIo } from '../../../../../test/contracts/provider/bench.ts'
import { needs } from '../../../../../test/harness/services.ts'
import { type Shop, startShop } from '../../../test/postgres-fixture.ts'
import { type Desk, deskOf } from '../../../test/postgres-provider.ts'
import { type OpenShelf, openShelf } from '../../shelf.ts'
import { Connection } from './connection.ts'

const DEAD = { credentialDead: true, sessionsDead: true }
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
const noPostgres15 = await needs('postgres15')

for (const version of noPostgres15 ? ([18] as const) : ([18, 15] as const))
  describe(`a connection that PostgreSQL ${version} keeps for the root’s next call`, () => {
    let shop: Shop
    let shelf: OpenShelf
    let desk: Desk
    beforeAll(async () => {
      shop = (await startShop(version)) as Shop
      shelf = openShelf({ random, idleMilliseconds: 600_000 })
      desk = deskOf(shop, shop.root, (signal) => ({ ...testIo(signal), shelf }))
    })
    afterEach(() => clearRoot())
    afterAll(async () => {
      await shelf.stop()
      await shop.close()
    })

    const pids = async () =>
      (await shop.admin("SELECT pid FROM pg_stat_activity WHERE application_name = 'credbroker'")).map(
        ({ pid }) => pid,
      )
    // Whatever a test left is not for the next one.
    const clearRoot = () =>
      shop.admin(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'credbroker'",
      )

    it('serves a mint and its revocation, one after the other', async () => {
      const lease = await desk.mint({ template: 'read-only' })
      const held = await pids()
      expect(held).toHaveLength(1)
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      expect(await pids()).toEqual(held)
    })

    it('is replaced when it broke meanwhile', async () => {
      const lease = await desk.mint({ template: 'read-only' })
      const before = await pids()
      await clearRoot()
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      expect(await pids()).not.toEqual(before)
    })

    it('is replaced when its server does not answer on it any more', async () => {
      const lease = await desk.mint({ template: 'read-only' })
      const [pid] = await pids()
      // Stopped, it neither answers nor hangs up; all others of the server go on.
      process.kill(Number(pid), 'SIGSTOP')
      try {
        expect(await desk.revoke(lease.name)).toEqual(DEAD)
      } finally {
        process.kill(Number(pid), 'SIGCONT')
      }
    })

    it('is not used once the server would not let the root in', async () => {
      const lease = await desk.mint({ template: 'read-only' })
      await shop.admin('ALTER ROLE broker_root NOLOGIN')
      await expect(desk.mint({ template: 'read-only' })).rejects.toMatchObject({ code: 'vendor_refused' })
      await shop.admin('ALTER ROLE broker_root LOGIN')
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
    })

    it('I1 is nobody’s who does not hold the same password', async () => {
      await desk.mint({ template: 'read-only' })
      const stranger = deskOf(shop, { ...shop.root, password: 'wrong' }, (signal) => ({
        ...testIo(signal),
        shelf,
      }))
      await expect(stranger.mint({ template: 'read-only' })).rejects.toMatchObject({ code: 'vendor_refused' })
    })

    it('is not kept after a refusal', async () => {
      await expect(desk.mint({ template: 'read-write' }, ['read'])).rejects.toMatchObject({
        code: 'reach_refused',
      })
      expect(await pids()).toEqual([])
    })

    it('carries nothing over from one call to the next', async () => {
      const things: unknown[] = []
      const spy = { ...shelf, put: (owner: string, thing: Connection) => shelf.put(owner, note(thing)) }
      const note = (thing: Connection) => {
        things.push(thing)
        return thing
      }
      const watched = deskOf(shop, shop.root, (signal) => ({ ...testIo(signal), shelf: spy as OpenShelf }))
      await watched.mint({ template: 'read-only' })
      const [thing] = things
      if (!(thing instanceof Connection)) throw new Error('nothing was kept')
      await thing.client.unsafe(
        'SET ROLE app_ro; SET search_path = public; SET statement_timeout = 0; SELECT pg_advisory_lock(1)',
      )
      const lease = await watched.mint({ template: 'read-only' })
      expect(things[1]).toBe(thing)
      const [now] = await thing.client.unsafe(
        `SELECT current_user, current_setting('search_path') AS path, current_setting('statement_timeout') AS time`,
      )
      expect(now).toEqual({ current_user: 'broker_root', path: 'pg_catalog', time: '15s' })
      expect(await shop.admin("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")).toEqual([])
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
    })

    it('I8 a login that has begun and does not go on is seen, holds up no revocation, and comes to nothing', async () => {
      const lease = await desk.mint({ template: 'read-only' })
      const socket = await halfLogin(shop.root['port'] as number, lease.name)
      const entering =
        await shop.admin(`SELECT 1 FROM pg_locks l WHERE locktype = 'virtualxid' AND mode = 'ExclusiveLock'
          AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = l.pid AND (usesysid IS NOT NULL OR backend_type <> 'client backend'))`)
      expect(entering).toHaveLength(1)
      expect(await desk.revoke(lease.name)).toEqual(DEAD)
      socket.destroy()
    })

    it('rotation ends it', async () => {
      await desk.mint({ template: 'read-only' })
      const [before] = await pids()
      const { rotation } = desk.provider
      if (rotation?.style !== 'in-place') throw new Error('another style')
      await rotation.apply(desk.root, rotation.plan(desk.root))
      await expect(desk.mint({ template: 'read-only' })).rejects.toMatchObject({ code: 'vendor_refused' })
      expect(await pids()).not.toContain(before)
    })
  })

/** The server has asked for a proof, and waits. */
async function halfLogin(port: number, user: string) {
  const socket = connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  const parameters = Buffer.from(`user\0${user}\0database\0orders\0\0`)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(head.length + parameters.length, 0)
  head.writeUInt32BE(196_608, 4)
  socket.write(Buffer.concat([head, parameters]))
  await once(socket, 'data')
  return socket
}
