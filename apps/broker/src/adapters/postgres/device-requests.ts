import type { JSONValue, Sql } from 'postgres'
import type { DeviceRequest, DeviceStore } from '../../ports/device-store.ts'
import type { Sealed } from '../../ports/people.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'

export const deviceStore = (sql: Sql): DeviceStore =>
  guardedStore<DeviceStore>({
    add: ({ body, mac }, { intervalSeconds, most }, proof, event) =>
      sql.begin(async (tx) => {
        const taken =
          !proof ||
          (
            await tx`INSERT INTO proofs (digest, ends_at) VALUES (${proof.digest}, ${proof.rememberUntil.toISOString()})
              ON CONFLICT DO NOTHING RETURNING digest`
          ).length > 0
        if (!taken) return 'replayed' as const
        await tx`DELETE FROM device_requests WHERE ends_at < clock_timestamp() - interval '1 minute'`
        // Strangers may ask: a little more than `most` when many do at once, and never without a limit.
        const stored = await tx`
          INSERT INTO device_requests (body, mac, ends_at, interval)
          SELECT ${tx.json(body as unknown as JSONValue)}, ${mac}, ${body.endsAt}, ${intervalSeconds}
          WHERE (SELECT count(*) FROM device_requests) < ${most} RETURNING digest`
        if (stored.length === 0) return 'full' as const
        await appendAudit(tx, [event])
        return 'added' as const
      }),

    byUserCode: async (userCode) =>
      (
        await sql<Sealed<DeviceRequest>[]>`
          SELECT body, mac FROM device_requests WHERE user_code = ${userCode} AND ends_at > clock_timestamp()`
      )[0],

    decide: (before, after, event) =>
      sql.begin(async (tx) => {
        const { count } = await tx`
          UPDATE device_requests SET body = ${tx.json(after.body as unknown as JSONValue)}, mac = ${after.mac}
          WHERE digest = ${before.body.digest} AND mac = ${before.mac} AND ends_at > clock_timestamp()`
        if (count === 0) return false
        await appendAudit(tx, [event])
        return true
      }),

    poll: async (digest, proof) => {
      const [row] = await sql<(Sealed<DeviceRequest> & { proven: boolean; tooSoon: boolean })[]>`
        WITH proof AS (
          INSERT INTO proofs (digest, ends_at) VALUES (${proof.digest}, ${proof.rememberUntil.toISOString()})
          ON CONFLICT DO NOTHING RETURNING digest),
        before AS (
          SELECT d.digest, coalesce(polled_at > clock_timestamp() - make_interval(secs => interval - 1), false) AS soon
          FROM device_requests d WHERE d.digest = ${digest} FOR UPDATE),
        polled AS (
          UPDATE device_requests d SET polled_at = clock_timestamp(), interval = interval + CASE WHEN soon THEN 5 ELSE 0 END
          FROM before WHERE d.digest = before.digest AND EXISTS (SELECT FROM proof)
          RETURNING d.body, d.mac, soon)
        SELECT body, mac, soon AS "tooSoon", proof.digest IS NOT NULL AS proven
        FROM (SELECT 1) AS one LEFT JOIN proof ON true LEFT JOIN polled ON true`
      if (!row?.proven) return 'replayed'
      return row.body ? { request: { body: row.body, mac: row.mac }, tooSoon: row.tooSoon } : undefined
    },

    redeem: ({ body, mac }, key, events) =>
      sql.begin(async (tx) => {
        const { count } = await tx`DELETE FROM device_requests WHERE digest = ${body.digest} AND mac = ${mac}`
        if (count === 0) return false
        if (key) {
          await tx`INSERT INTO client_keys (body, mac)
            VALUES (${tx.json(key.key as unknown as JSONValue)}, ${key.mac})`
        }
        await appendAudit(tx, events)
        return true
      }),

    guess: async (user, windowSeconds) => {
      const [row] = await sql<{ count: number }[]>`
        INSERT INTO device_guesses AS g (user_name, since, count) VALUES (${user}, clock_timestamp(), 1)
        ON CONFLICT (user_name) DO UPDATE SET
          since = CASE WHEN g.since < clock_timestamp() - make_interval(secs => ${windowSeconds}) THEN clock_timestamp() ELSE g.since END,
          count = CASE WHEN g.since < clock_timestamp() - make_interval(secs => ${windowSeconds}) THEN 1 ELSE g.count + 1 END
        RETURNING count`
      return row?.count ?? Number.POSITIVE_INFINITY
    },

    forgive: async (user) => {
      await sql`UPDATE device_guesses SET count = count - 1 WHERE user_name = ${user} AND count > 0`
    },
  })
