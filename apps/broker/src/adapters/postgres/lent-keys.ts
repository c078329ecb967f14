import type { JSONValue, Sql } from 'postgres'
import type { KeyLender } from '../../ports/client-keys.ts'
import { appendAudit } from './append-audit.ts'
import { byteArray } from './byte-array.ts'
import { guardedStore } from './guarded-store.ts'

class Refused extends Error {
  readonly outcome: 'replayed' | 'taken'

  constructor(outcome: 'replayed' | 'taken') {
    super(outcome)
    this.outcome = outcome
  }
}

export const keyLender = (sql: Sql): KeyLender =>
  guardedStore<KeyLender>({
    lend: ({ stored, replaces, uses, event }) =>
      sql
        .begin(async (tx) => {
          const taken = await tx`
            INSERT INTO proofs (digest, ends_at) SELECT * FROM unnest(
              ${byteArray(
                tx,
                uses.map(({ digest }) => digest),
              )}::bytea[],
              ${uses.map(({ rememberUntil }) => rememberUntil.toISOString())}::timestamptz[])
            ON CONFLICT DO NOTHING RETURNING digest`
          if (taken.length !== uses.length) throw new Refused('replayed')
          const key = tx.json(stored.key as unknown as JSONValue)
          const kept = replaces
            ? await tx`UPDATE client_keys SET body = ${key}, mac = ${stored.mac}
                WHERE jkt = ${stored.key.jkt} AND mac = ${replaces} RETURNING jkt`
            : await tx`INSERT INTO client_keys (body, mac) VALUES (${key}, ${stored.mac})
                ON CONFLICT DO NOTHING RETURNING jkt`
          if (kept.length === 0) throw new Refused('taken')
          await appendAudit(tx, [event])
          return 'lent' as const
        })
        .catch((error: unknown) => {
          if (error instanceof Refused) return error.outcome
          throw error
        }),
  })
