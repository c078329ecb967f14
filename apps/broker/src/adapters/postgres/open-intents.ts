import { idPattern } from '@credbroker/core/ids'
import type { Sql } from 'postgres'
import type { OpenIntents } from '../../ports/open-intents.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'

export const openIntents = (sql: Sql): OpenIntents =>
  guardedStore<OpenIntents>({
    open: (work, { id, record }) =>
      sql.begin(async (tx) => {
        await tx`INSERT INTO open_intents (work, since) VALUES (${work}, clock_timestamp()) ON CONFLICT DO NOTHING`
        const [held] = await tx<{ id: string | null; since: Date; answer: string | null }[]>`
          SELECT intent AS id, since, answer FROM open_intents WHERE work = ${work} FOR UPDATE`
        const { id: open, since = new Date(0), answer = null } = held ?? {}
        if (open && idPattern('event').test(open)) return { id: open, since, answer }
        await appendAudit(tx, [record])
        const [made] = await tx<{ since: Date }[]>`
          UPDATE open_intents SET intent = ${id}, since = clock_timestamp() WHERE work = ${work} RETURNING since`
        return { id, since: made?.since ?? since, answer }
      }),

    answer: (work, intent, answer, outcome) =>
      sql.begin(async (tx) => {
        const closed =
          answer === null
            ? await tx`DELETE FROM open_intents WHERE work = ${work} AND intent = ${intent} RETURNING work`
            : await tx`UPDATE open_intents SET intent = NULL, answer = ${answer}
                WHERE work = ${work} AND intent = ${intent} RETURNING work`
        if (closed.length > 0) await appendAudit(tx, [outcome])
      }),
  })
