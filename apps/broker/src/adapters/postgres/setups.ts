import type { Sql } from 'postgres'
import type { SetupStore } from '../../ports/people.ts'
import { appendAudit } from './append-audit.ts'
import { undoFirstUse, usedByPasskey } from './first-use.ts'
import { guardedStore } from './guarded-store.ts'
import { insertPasskey, replaceCodes } from './people.ts'
import { insertSession } from './sessions.ts'

export const setupStore = (sql: Sql): SetupStore =>
  guardedStore<SetupStore>({
    redeem: (digest, { passkey, codes, session, ground }, events) =>
      sql.begin(async (tx) => {
        const [row] = await tx<{ used: boolean; over: boolean }[]>`
          SELECT used_by IS NOT NULL AS used, ends_at <= clock_timestamp() AS over FROM enrolments
          WHERE digest = ${digest} FOR UPDATE`
        if (!row || row.over) return 'over' as const
        if (row.used) return 'used' as const
        const stored = await insertPasskey(tx, passkey, events, ground)
        if (stored !== 'added') return stored
        await replaceCodes(tx, passkey.body.user, codes)
        await insertSession(tx, session)
        await tx`UPDATE enrolments SET used_at = clock_timestamp(), used_by = ${usedByPasskey(passkey.body.id)}
          WHERE digest = ${digest}`
        return 'done' as const
      }),

    revoke: (digest, event) =>
      sql.begin(async (tx) => {
        await appendAudit(tx, [event])
        const [row] = await tx<{ usedBy: string | null; usedAt: Date | null; principal: string }[]>`
          SELECT used_by AS "usedBy", used_at AS "usedAt", principal FROM enrolments
          WHERE digest = ${digest} FOR UPDATE`
        if (!row?.usedBy || !row.usedAt) return undefined
        return await undoFirstUse(tx, { usedBy: row.usedBy, usedAt: row.usedAt, principal: row.principal })
      }),
  })
