import type { AuditRecord } from '@credbroker/core/audit/event'
import type { JSONValue, Sql } from 'postgres'
import type { KeyRecord, Rewrapper, SealBinding, Sealed } from '../../ports/keyring.ts'
import { appendAudit } from './append-audit.ts'
import { guarded } from './driver-errors.ts'

interface SealedRow {
  id: string
  version: number
  provider: string
  environment: string | null
  sealed: Sealed
}

/**
 * Wraps every sealed row's data key under the current key-encryption key, and then replaces the deployment's record, in
 * one transaction that also says so in the log (I6): a rotation that dies half-way has not happened. Answers how many were
 * wrapped anew.
 */
export const rewrapAll = (
  sql: Sql,
  record: KeyRecord,
  rewrapper: Rewrapper,
  told: (count: number) => AuditRecord,
): Promise<number> =>
  guarded(() =>
    sql.begin(async (tx) => {
      await tx`SELECT FROM deployment FOR UPDATE`
      let count = 0
      const rewrap = async (
        row: SealedRow,
        binding: SealBinding,
        store: (sealed: Sealed) => Promise<unknown>,
      ) => {
        if (rewrapper.isCurrent(row.sealed)) return
        await store(rewrapper.rewrap(row.sealed, binding))
        count++
      }
      // What was replaced is opened by nobody again, and may be bound to what its root was then.
      await tx`DELETE FROM root_secrets WHERE state = 'retired'`
      const secrets = await tx<SealedRow[]>`
        SELECT root AS id, version, provider, NULL AS environment, sealed FROM root_secrets FOR UPDATE`
      for (const row of secrets) {
        const binding = { table: 'root_secrets', row: row.id, version: row.version, provider: row.provider }
        await rewrap(
          row,
          binding,
          (sealed) =>
            tx`UPDATE root_secrets SET sealed = ${sealed} WHERE root = ${row.id} AND version = ${row.version}`,
        )
      }
      const leases = await tx<SealedRow[]>`
        SELECT id, 1 AS version, provider, environment, handle AS sealed FROM leases WHERE handle IS NOT NULL FOR UPDATE`
      for (const row of leases) {
        const binding = {
          table: 'leases',
          row: row.id,
          version: 1,
          provider: row.provider,
          environment: row.environment ?? '',
        }
        await rewrap(row, binding, (sealed) => tx`UPDATE leases SET handle = ${sealed} WHERE id = ${row.id}`)
      }
      const keys = await tx<SealedRow[]>`
        SELECT kid AS id, 1 AS version, purpose AS provider, NULL AS environment, record ->> 'sealedPrivate' AS sealed FROM signing_keys FOR UPDATE`
      for (const row of keys) {
        const binding = { table: 'signing_keys', row: row.id, version: 1, provider: row.provider }
        await rewrap(
          row,
          binding,
          (sealed) => tx`
          UPDATE signing_keys SET record = jsonb_set(record, '{sealedPrivate}', ${tx.json(sealed)}) WHERE kid = ${row.id}`,
        )
      }
      await tx`UPDATE deployment SET key_state = ${tx.json(record as unknown as JSONValue)}`
      await appendAudit(tx, [told(count)])
      return count
    }),
  )
