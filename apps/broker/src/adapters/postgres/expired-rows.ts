import type { Sql } from 'postgres'
import type { ExpiredRows } from '../../ports/stores.ts'
import { guardedStore } from './guarded-store.ts'

const BATCH = 10_000

export const expiredRows = (sql: Sql): ExpiredRows =>
  guardedStore<ExpiredRows>({
    purge: async () => {
      // Every request leaves one: whatever came in since the last time has to go, however much that is.
      for (let purged = BATCH; purged === BATCH; ) {
        const { count } = await sql`DELETE FROM proofs WHERE digest IN (
          SELECT digest FROM proofs WHERE ends_at < clock_timestamp() - interval '1 minute' LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`
        purged = count
      }
      await sql`DELETE FROM idempotency_keys WHERE ends_at < clock_timestamp()`
      // While a task of it lives, a key that was lent still says on what ground.
      await sql`DELETE FROM client_keys k WHERE body ? 'lentFor'
        AND body ->> 'endsAt' < to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        AND NOT EXISTS (SELECT FROM tasks t WHERE t.jkt = k.jkt AND t.ended_at IS NULL)`
      await sql`DELETE FROM client_keys WHERE body ? 'login'
        AND body ->> 'endsAt' < to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')`
      await sql`DELETE FROM device_requests WHERE ends_at < clock_timestamp() - interval '1 minute'`
      // Work that goes on is answered and announced anew every day.
      await sql`DELETE FROM open_intents WHERE since < clock_timestamp() - interval '7 days'`
      await sql`DELETE FROM sessions WHERE ends_at < clock_timestamp() - interval '1 minute'`
      await sql`DELETE FROM enrolments WHERE ends_at < clock_timestamp() - interval '7 days'`
    },
    ping: () =>
      sql`SELECT 1`.then(
        () => true,
        () => false,
      ),
  })
