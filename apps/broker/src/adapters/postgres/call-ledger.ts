import type { Fragment, JSONValue, Sql } from 'postgres'
import type { BeginOutcome, CallBeginning, CallLedger } from '../../ports/call-ledger.ts'
import { guardedStore } from './guarded-store.ts'
import { shareStatements } from './shared-statement.ts'

interface BegunRow {
  readonly fresh: boolean
  readonly live: boolean
  readonly current: boolean
  readonly begun: boolean
}

/** While one statement is written to disk, another runs and the next is drafted. */
const LANES = 3
const MOST = 16

export const callLedger = (sql: Sql): CallLedger =>
  guardedStore<CallLedger>({
    begin: shareStatements<CallBeginning, BeginOutcome>({
      run: async (calls) => (await beginCalls(sql, calls)).map(toOutcome),
      kindOf: () => undefined,
      lanes: LANES,
      most: MOST,
    }),

    dead: async (ids) =>
      (
        await sql<{ id: string }[]>`
          SELECT wanted.id FROM unnest(${[...ids]}::text[]) AS wanted (id)
          WHERE NOT EXISTS (SELECT FROM grants g JOIN tasks t ON t.id = g.task_id WHERE g.id = wanted.id AND ${living(sql)})
            AND NOT ${leased(sql, sql`wanted.id`)}`
      ).map(({ id }) => id),
  })

/**
 * Makes the intents of any number of calls durable, each only if what it stands on holds. Takes no lock on task and grants: a call that begins
 * while its end is being committed begins before it, and is cut with all the others. An approval is taken from exactly what it was. Of
 * several calls with one proof, or with one approval, one begins.
 */
const beginCalls = (sql: Sql, calls: readonly CallBeginning[]) => sql<BegunRow[]>`
  WITH call AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(${sql.json(calls.map(columns))}::jsonb) AS c (
      at int, version bigint, task text, grants text[], lease text, approval text, mac_before text, body_after jsonb,
      mac_after text, proof text, proof_ends timestamptz, record text, leaf text)),
  proof AS (
    -- One that is as old as what is no longer remembered counts as used.
    INSERT INTO proofs (digest, ends_at) SELECT DISTINCT ON (proof) decode(proof, 'hex'), proof_ends FROM call
    WHERE proof_ends > clock_timestamp() - interval '1 minute' ORDER BY proof
    ON CONFLICT DO NOTHING RETURNING digest),
  standing AS MATERIALIZED (
    SELECT c.*, head.version = c.version AS current,
      c.proof IS NULL OR (EXISTS (SELECT FROM proof p WHERE p.digest = decode(c.proof, 'hex'))
        AND NOT EXISTS (SELECT FROM call other WHERE other.proof = c.proof AND other.at < c.at)) AS fresh,
      ${alive(sql)} = cardinality(c.grants) AND (c.lease IS NULL OR ${leased(sql, sql`c.lease`)})
        AND EXISTS (SELECT FROM grants WHERE id = ANY (c.grants) AND task_id = c.task) AS live
    FROM config_head head CROSS JOIN call c),
  free AS (SELECT * FROM standing WHERE fresh AND live AND current),
  approved AS (
    UPDATE approvals SET body = free.body_after, mac = free.mac_after
    FROM free WHERE approvals.id = free.approval AND approvals.mac = free.mac_before RETURNING free.at),
  ready AS MATERIALIZED (
    SELECT * FROM free WHERE approval IS NULL OR EXISTS (SELECT FROM approved WHERE approved.at = free.at)),
  begun AS (INSERT INTO audit_pending (record, leaf) SELECT record, decode(leaf, 'hex') FROM ready ORDER BY at)
  SELECT fresh, live, current, EXISTS (SELECT FROM ready WHERE ready.at = standing.at) AS begun FROM standing ORDER BY at`

const columns = (call: CallBeginning, at: number): JSONValue => {
  const { configVersion, task, grants, lease, approval, proof, intent } = call
  return {
    at,
    version: configVersion,
    task,
    grants: [...grants],
    ...(lease !== undefined && { lease }),
    ...(approval && {
      approval: approval.before.body.id,
      mac_before: approval.before.mac,
      body_after: approval.after.body as unknown as JSONValue,
      mac_after: approval.after.mac,
    }),
    ...(proof && { proof: proof.digest.toString('hex'), proof_ends: proof.rememberUntil.toISOString() }),
    record: intent.record,
    leaf: intent.leaf.toString('hex'),
  }
}

function toOutcome({ fresh, live, current, begun }: BegunRow): BeginOutcome {
  if (begun) return 'begun'
  if (!fresh) return 'replayed'
  if (!live) return 'gone'
  return current ? 'spent' : 'stale'
}

const alive = (sql: Sql) => sql`(
  SELECT count(*) FROM grants g JOIN tasks t ON t.id = g.task_id WHERE g.id = ANY (c.grants) AND ${living(sql)})`

const leased = (sql: Sql, id: Fragment) => sql`
  EXISTS (SELECT FROM leases l WHERE l.id = ${id} AND l.state = 'active')`

const living = (sql: Sql) => sql`g.state = 'active' AND g.ends_at > clock_timestamp() AND t.state = 'active'
  AND t.ends_at > clock_timestamp() AND (t.heartbeat_due IS NULL OR t.heartbeat_due > clock_timestamp())`
