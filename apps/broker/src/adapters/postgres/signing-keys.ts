import type { JSONValue, Sql } from 'postgres'
import type { SigningKeyRecord, SigningKeyStore } from '../../ports/signing-keys.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'

export const signingKeyStore = (sql: Sql): SigningKeyStore =>
  guardedStore<SigningKeyStore>({
    list: async (purpose) =>
      (
        await sql<{ record: SigningKeyRecord }[]>`
          SELECT record FROM signing_keys WHERE purpose = ${purpose} ORDER BY created_at`
      ).map(({ record }) => record),
    add: (record, event) =>
      sql.begin(async (tx) => {
        await tx`INSERT INTO signing_keys (kid, purpose, record)
          VALUES (${record.kid}, ${record.purpose}, ${tx.json(record as unknown as JSONValue)})`
        await appendAudit(tx, event ? [event] : [])
      }) as Promise<void>,
    retire: async (kid, at) => {
      await sql`UPDATE signing_keys SET record = record || jsonb_build_object('retiredAt', ${at}::bigint) WHERE kid = ${kid}`
    },
  })
