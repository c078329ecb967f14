import type { Sql } from 'postgres'
import type { Above } from '../../ports/delegation.ts'
import type { SingleUse } from '../../ports/tokens.ts'
import type { LiveUse, ProofBook, UseReader } from '../../ports/use-reader.ts'
import { byteArray } from './byte-array.ts'
import { guardedStore } from './guarded-store.ts'
import { type GrantRow, type TaskRow, toGrant, toTask } from './rows.ts'
import { shareStatements } from './shared-statement.ts'

interface Asked {
  readonly task: string
  readonly scope: string
  readonly proof: SingleUse
  readonly take: boolean
}

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

/** While one statement is written to disk, another runs and the next is drafted. */
const LANES = 3
const MOST = 16

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

export function useReader(sql: Sql): UseReader {
  const ask = shareStatements<Asked, LiveUse | 'replayed' | undefined>({
    run: async (asked) => {
      const rows = await readUses(sql, asked)
      return rows.map((row, at) => (row.proven && !isTakenBefore(asked, at) ? toLiveUse(row) : 'replayed'))
    },
    kindOf: ({ take }) => take,
    lanes: LANES,
    most: MOST,
  })
  return guardedStore<UseReader>({
    use: (task, scope, proof) => ask({ task, scope, proof, take: true }),
    look: (task, scope, proof) => ask({ task, scope, proof, take: false }),
  })
}

/** One proof, one use, also among those that share a statement. */
const isTakenBefore = (asked: readonly Asked[], at: number): boolean => {
  const own = asked[at]
  return own?.take === true && asked.findIndex(({ proof }) => proof.digest.equals(own.proof.digest)) < at
}

/** In the order of what was asked. All of one kind. */
const readUses = (sql: Sql, asked: readonly Asked[]) => sql<UseRow[]>`
  WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(${asked.map(({ task }) => task)}::text[], ${asked.map(({ scope }) => scope)}::text[],
      ${byteArray(
        sql,
        asked.map(({ proof }) => proof.digest),
      )}::bytea[], ${asked.map(({ proof }) => proof.rememberUntil.toISOString())}::timestamptz[])
      WITH ORDINALITY AS w (task, scope, digest, ends_at, at)),
  proof AS (${
    asked[0]?.take
      ? sql`INSERT INTO proofs (digest, ends_at) SELECT DISTINCT ON (digest) digest, ends_at FROM wanted ORDER BY digest
          ON CONFLICT DO NOTHING RETURNING digest`
      : sql`SELECT digest FROM wanted WHERE NOT EXISTS (SELECT FROM proofs p WHERE p.digest = wanted.digest)`
  })
  SELECT head.version, clock_timestamp() AS now, EXISTS (SELECT FROM proof p WHERE p.digest = w.digest) AS proven,
    to_jsonb(t) AS task, to_jsonb(g) - 'mac' AS grant, g.mac,
    CASE WHEN g.access <> '{read}' THEN (
      SELECT jsonb_agg(jsonb_build_object('holder', h.holder, 'side', h.side))
      FROM side_holds h JOIN environments e ON e.name = h.environment AND e.body ->> 'recoveryGroup' = h.recovery_group
      WHERE h.grant_id = g.id AND h.environment = g.environment
        AND lower(h.during) <= g.ends_at AND upper(h.during) >= g.ends_at + interval '24 hours') END AS holds,
    CASE WHEN t.depth > 0 THEN (
      SELECT jsonb_agg(jsonb_build_object('task', to_jsonb(a), 'grant', to_jsonb(ag) - 'mac', 'mac', ag.mac) ORDER BY a.depth)
      FROM jsonb_array_elements(t.lineage) AS entry JOIN tasks a ON a.id = entry ->> 'task'
      LEFT JOIN grants ag ON ag.task_id = a.id AND ag.scope = w.scope) END AS above
  FROM config_head head CROSS JOIN wanted w
  -- OFFSET keeps each a look by its key: joined, a planner that knows little would read the whole index of either.
  LEFT JOIN LATERAL (SELECT * FROM tasks WHERE id = w.task OFFSET 0) t ON true
  LEFT JOIN LATERAL (SELECT * FROM grants WHERE task_id = t.id AND scope = w.scope OFFSET 0) g ON true
  ORDER BY w.at`

const toLiveUse = (row: UseRow): LiveUse | undefined =>
  row.task
    ? {
        configVersion: Number(row.version),
        now: row.now,
        ...heldFromJson(row.task, row.grant, row.mac),
        holds: row.holds ?? [],
        above: (row.above ?? []).map(({ task, grant, mac }) => heldFromJson(task, grant, mac)),
      }
    : undefined

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
