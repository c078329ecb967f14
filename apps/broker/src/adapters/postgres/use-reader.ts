import type { Sql } from 'postgres'
import type { Above } from '../../ports/delegation.ts'
import type { LiveUse, ProofBook, UseReader } from '../../ports/use-reader.ts'
import { byteArray } from './byte-array.ts'
import { guardedStore } from './guarded-store.ts'
import { type GrantRow, type TaskRow, toGrant, toTask } from './rows.ts'

interface UseRow {
  version: string
  now: Date
  proven: boolean
  task: TaskRow | null
  grant: GrantRow | null
  mac: string | null
  holds: LiveUse['holds'] | null
  above: { task: TaskRow; grant: GrantRow | null; mac: string | null }[] | null
}

/** JSON carries times as text. */
const date = (text: unknown): Date => new Date(text as string)
const dateOrNull = (text: unknown): Date | null => (text === null ? null : date(text))

const heldFromJson = (t: TaskRow, g: GrantRow | null, mac: string | null): Above => ({
  task: toTask({
    ...t,
    started_at: date(t.started_at),
    ends_at: date(t.ends_at),
    ended_at: dateOrNull(t.ended_at),
    heartbeat_due: dateOrNull(t.heartbeat_due),
  }),
  grant: g ? toGrant({ ...g, ends_at: date(g.ends_at), ended_at: dateOrNull(g.ended_at) }) : undefined,
  grantMac: mac ?? '',
})

export const useReader = (sql: Sql): UseReader => ({
  ...guardedStore<Pick<UseReader, 'use'>>({
    use: async (task, scope, proof) => {
      const [row] = await sql<UseRow[]>`
        WITH proof AS (
          INSERT INTO proofs (digest, ends_at) VALUES (${proof.digest}, ${proof.rememberUntil.toISOString()})
          ON CONFLICT DO NOTHING RETURNING digest)
        SELECT head.version, clock_timestamp() AS now, EXISTS (SELECT FROM proof) AS proven,
          to_jsonb(t) AS task, to_jsonb(g) - 'mac' AS grant, g.mac,
          CASE WHEN g.access <> '{read}' THEN (
            SELECT jsonb_agg(jsonb_build_object('holder', h.holder, 'side', h.side))
            FROM side_holds h JOIN environments e ON e.name = h.environment AND e.body ->> 'recoveryGroup' = h.recovery_group
            WHERE h.grant_id = g.id AND h.environment = g.environment
              AND lower(h.during) <= g.ends_at AND upper(h.during) >= g.ends_at + interval '24 hours') END AS holds,
          CASE WHEN t.depth > 0 THEN (
            SELECT jsonb_agg(jsonb_build_object('task', to_jsonb(a), 'grant', to_jsonb(ag) - 'mac', 'mac', ag.mac) ORDER BY a.depth)
            FROM jsonb_array_elements(t.lineage) AS entry JOIN tasks a ON a.id = entry ->> 'task'
            LEFT JOIN grants ag ON ag.task_id = a.id AND ag.scope = ${scope}) END AS above
        FROM config_head head
        LEFT JOIN tasks t ON t.id = ${task}
        LEFT JOIN grants g ON g.task_id = t.id AND g.scope = ${scope}`
      if (!row?.proven) return 'replayed'
      if (!row.task) return undefined
      return {
        configVersion: Number(row.version),
        now: row.now,
        ...heldFromJson(row.task, row.grant, row.mac),
        holds: row.holds ?? [],
        above: (row.above ?? []).map(({ task, grant, mac }) => heldFromJson(task, grant, mac)),
      }
    },
  }),
})

export const proofBook = (sql: Sql): ProofBook =>
  guardedStore<ProofBook>({
    take: async (proofs) => {
      const taken = await sql`
        WITH wanted AS (
          SELECT * FROM unnest(${byteArray(
            sql,
            proofs.map(({ digest }) => digest),
          )}::bytea[],
            ${proofs.map(({ rememberUntil }) => rememberUntil.toISOString())}::timestamptz[]) AS w (digest, ends_at))
        INSERT INTO proofs (digest, ends_at) SELECT digest, ends_at FROM wanted
        WHERE NOT EXISTS (SELECT FROM proofs p JOIN wanted w ON w.digest = p.digest)
        ON CONFLICT DO NOTHING RETURNING digest`
      return taken.length === proofs.length
    },
  })
