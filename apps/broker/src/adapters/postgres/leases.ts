import type { AuditRecord } from '@credbroker/core/audit/event'
import { idPattern } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import type { JSONValue, Sql, TransactionSql } from 'postgres'
import { LEASE, type Lease } from '../../domain/lease.ts'
import { sourcesOf } from '../../domain/state-machine.ts'
import type { Sealed } from '../../ports/keyring.ts'
import type {
  AnnounceLease,
  DueLease,
  LeaseQueue,
  LeaseReader,
  LeaseWriter,
} from '../../ports/lease-store.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'
import { type LeaseRow, toLease } from './rows.ts'
import { FIRST_TRY } from './task-end.ts'
import { turns } from './turns.ts'

const CONDEMNABLE = sourcesOf(LEASE, 'revoke')

export function leaseWriter(sql: Sql): LeaseWriter {
  const inTurn = turns(LIMITS.mintsPerAgent)
  return guardedStore<LeaseWriter>({
    reserve: (lease, ...more) => inTurn(lease.agent, () => reserve(sql, lease, ...more)),

    activate: async (activation) => {
      const { lease, configVersion, handle, credentialHash, fingerprints, expiresAt, deadBy, outcome } =
        activation
      const [row] = await sql<{ version: string; activated: boolean }[]>`
        WITH head AS MATERIALIZED (SELECT version FROM config_head),
        live AS (
          SELECT l.id FROM leases l JOIN grants g ON g.id = l.grant_id JOIN tasks t ON t.id = l.task_id CROSS JOIN head
          WHERE l.id = ${lease} AND l.state = 'reserved' AND l.mint_deadline > clock_timestamp()
            AND g.state = 'active' AND g.ends_at > clock_timestamp() AND t.state = 'active' AND t.ends_at > clock_timestamp()
            AND head.version = ${configVersion}
          FOR UPDATE OF l FOR SHARE OF g, t),
        activated AS (
          UPDATE leases SET state = 'active', handle = ${handle}, credential_hash = ${credentialHash},
            fingerprints = ${[...fingerprints]}::text[],
            expires_at = ${iso(expiresAt)}, dead_by = greatest(dead_by, ${deadBy && iso(deadBy)}::timestamptz), due_at = ${iso(expiresAt)}
          FROM live WHERE leases.id = live.id RETURNING leases.id),
        audited AS (
          INSERT INTO audit_pending (record, leaf) SELECT ${outcome.record}, ${outcome.leaf}::bytea FROM activated)
        SELECT head.version, EXISTS (SELECT FROM activated) AS activated FROM head`
      if (row?.activated) return 'activated'
      return Number(row?.version) === configVersion ? 'gone' : 'stale'
    },

    condemn: (lease, events) =>
      sql.begin(async (tx) => {
        const [row] = await tx<LeaseRow[]>`
          UPDATE leases SET state = 'revoking', due_at = clock_timestamp() + ${FIRST_TRY}::interval
          WHERE id = ${lease} AND state = ANY (${CONDEMNABLE}::text[]) RETURNING *`
        if (!row) return undefined
        await appendAudit(tx, events)
        return toLease(row)
      }),
  })
}

/** The lock is taken before the statement that counts, so that it sees what any replica reserved before. */
async function reserve(
  sql: Sql,
  lease: Lease,
  configVersion: number,
  intent: AuditRecord,
): ReturnType<LeaseWriter['reserve']> {
  const [row] = await sql.begin(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(hashtextextended(${`leases:${lease.agent}`}, 0))`
    return await tx<{ reserved: boolean; crowded: boolean }[]>`
    WITH crowd AS MATERIALIZED (
      SELECT (SELECT count(*) FROM (SELECT FROM leases WHERE task_id = ${lease.task} AND state <> 'ended'
          LIMIT ${LIMITS.leasesPerTask}) AS of_task) >= ${LIMITS.leasesPerTask}
        OR (SELECT count(*) FROM (SELECT FROM leases WHERE agent = ${lease.agent} AND state <> 'ended'
          LIMIT ${LIMITS.leasesPerAgent}) AS of_agent) >= ${LIMITS.leasesPerAgent}
        OR (SELECT count(*) FROM leases WHERE agent = ${lease.agent} AND state = 'reserved'
          AND mint_deadline > clock_timestamp()) >= ${LIMITS.mintsPerAgent} AS crowded),
    granted AS (
      SELECT g.id FROM grants g JOIN tasks t ON t.id = g.task_id CROSS JOIN config_head head
      WHERE g.id = ${lease.grant} AND g.state = 'active' AND g.ends_at > clock_timestamp()
        AND t.state = 'active' AND head.version = ${configVersion} AND NOT (SELECT crowded FROM crowd)
      FOR SHARE OF g, t),
    reserved AS (
      INSERT INTO leases (id, grant_id, task_id, environment, agent, scope, root, provider, name, spec, state,
        mint_deadline, settle_until, expires_at, dead_by, due_at)
      SELECT ${lease.id}, granted.id, ${lease.task}, ${lease.environment}, ${lease.agent}, ${lease.scope}, ${lease.root},
        ${lease.provider}, ${lease.name}, ${sql.json(lease.spec as JSONValue)}, 'reserved', ${iso(lease.mintDeadline)}, ${iso(lease.settleUntil)},
        ${iso(lease.expiresAt)}, ${lease.deadBy && iso(lease.deadBy)}, ${iso(lease.mintDeadline)}
      FROM granted RETURNING id),
    audited AS (
      INSERT INTO audit_pending (record, leaf) SELECT ${intent.record}, ${intent.leaf}::bytea FROM reserved)
    SELECT EXISTS (SELECT FROM reserved) AS reserved, crowded FROM crowd`
  })
  return row?.reserved ? 'reserved' : row?.crowded ? 'too-many' : 'stale'
}

/** A taker that dies leaves its leases to the others after this long: longer than a vendor may take, within the grace (I7). */
const HOLD = `${LIMITS.mintTimeoutSeconds + 4} seconds`

export const leaseQueue = (sql: Sql): LeaseQueue =>
  guardedStore<LeaseQueue>({
    take: (limit, announce, except) =>
      sql.begin(async (tx) =>
        announced(
          tx,
          announce,
          await tx<DueRow[]>`
            UPDATE leases SET state = 'revoking', attempts = attempts + 1, locked_until = clock_timestamp() + ${HOLD}::interval
            FROM (SELECT id FROM leases WHERE state <> 'ended' AND due_at <= clock_timestamp()
                AND (locked_until IS NULL OR locked_until < clock_timestamp()) AND root <> ALL (${[...except]}::text[])
              ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED) AS due
            WHERE leases.id = due.id RETURNING leases.*`,
        ),
      ) as Promise<DueLease[]>,

    takeOne: async (lease, announce) =>
      (
        (await sql.begin(async (tx) =>
          announced(
            tx,
            announce,
            await tx<DueRow[]>`
              UPDATE leases SET state = 'revoking', attempts = attempts + 1, locked_until = clock_timestamp() + ${HOLD}::interval
              WHERE id = ${lease} AND state = 'revoking' AND (locked_until IS NULL OR locked_until < clock_timestamp()) RETURNING *`,
          ),
        )) as DueLease[]
      )[0],

    settle: async ({
      lease,
      credentialDead,
      sessionsDead,
      deadBy,
      ended,
      retryAfterSeconds,
      error,
      outcome,
    }) => {
      await sql`
        WITH settled AS (
          UPDATE leases SET credential_dead = ${credentialDead}, sessions_dead = ${sessionsDead}, last_error = ${error}, dead_by = least(dead_by, ${deadBy && iso(deadBy)}::timestamptz),
            state = CASE WHEN ${ended} THEN 'ended' ELSE state END,
            ended_at = CASE WHEN ${ended} THEN clock_timestamp() END,
            handle = CASE WHEN ${ended} THEN NULL ELSE handle END,
            locked_until = NULL, due_at = clock_timestamp() + make_interval(secs => ${retryAfterSeconds}),
            intent = CASE WHEN ${outcome === undefined} THEN intent END
          WHERE id = ${lease} AND state = 'revoking' RETURNING id)
        INSERT INTO audit_pending (record, leaf)
        SELECT ${outcome?.record ?? ''}, ${outcome?.leaf ?? Buffer.alloc(0)}::bytea FROM settled WHERE ${outcome !== undefined}`
    },
  })

export const leaseReader = (sql: Sql): LeaseReader =>
  guardedStore<LeaseReader>({
    find: async (id) => (await sql<LeaseRow[]>`SELECT * FROM leases WHERE id = ${id}`).map(toLease)[0],
    list: async ({ state, task, provider, agent, cursor, limit }) =>
      (
        await sql<LeaseRow[]>`
          SELECT * FROM leases WHERE true
            ${state === undefined ? sql`` : sql`AND state = ${state}`}
            ${task === undefined ? sql`` : sql`AND task_id = ${task}`}
            ${provider === undefined ? sql`` : sql`AND provider = ${provider}`}
            ${agent === undefined ? sql`` : sql`AND agent = ${agent}`}
            ${cursor === undefined ? sql`` : sql`AND id < ${cursor}`}
          ORDER BY id DESC LIMIT ${limit}`
      ).map(toLease),
    count: async () =>
      await sql<{ provider: string; state: LeaseRow['state']; count: number }[]>`
        SELECT provider, state, count(*)::int AS count FROM leases WHERE state <> 'ended' GROUP BY provider, state`,
  })

interface DueRow extends LeaseRow {
  handle: Sealed | null
  intent: string | null
  announced_at: Date | null
}

/** I13: what somebody else wrote there must not keep an outcome out of the log. */
const isIntent = (text: string | null) => text !== null && idPattern('event').test(text)

/** I6: in the transaction that takes them, every lease gets the intent that covers what its taker does. */
async function announced(
  tx: TransactionSql,
  announce: AnnounceLease,
  rows: readonly DueRow[],
): Promise<DueLease[]> {
  const fresh = new Map(
    rows.flatMap((row) => (isIntent(row.intent) ? [] : [[row.id, announce(toLease(row))] as const])),
  )
  if (fresh.size > 0) {
    const intents = [...fresh.values()]
    await appendAudit(
      tx,
      intents.map(({ record }) => record),
    )
    await tx`
      UPDATE leases SET intent = made.intent, announced_at = clock_timestamp()
      FROM unnest(${[...fresh.keys()]}::text[], ${intents.map(({ id }) => id)}::text[]) AS made (lease, intent)
      WHERE leases.id = made.lease`
  }
  return rows.map((row) => ({
    ...toLease(row),
    handle: row.handle,
    intent: fresh.get(row.id)?.id ?? row.intent ?? '',
    announcedAt: fresh.has(row.id) ? null : row.announced_at,
  }))
}
const iso = (date: Date): string => date.toISOString()
