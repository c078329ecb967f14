import type { Sql } from 'postgres'
import type {
  FoundRoot,
  LeakedRoot,
  LeakedRoots,
  LeakMatcher,
  OneTimeSecrets,
  RootFingerprints,
  SealedRoot,
} from '../../ports/leaks.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'
import { type LeaseRow, toLease } from './rows.ts'

/** More than could be about one report. */
const MOST = 500

export const rootFingerprints = (sql: Sql): RootFingerprints =>
  guardedStore<RootFingerprints>({
    unread: async (limit) => [
      ...(await sql<SealedRoot[]>`
        SELECT root, version, provider, sealed FROM root_secrets WHERE fingerprints IS NULL ORDER BY root, version LIMIT ${limit}`),
    ],
    keep: async ({ root, version }, fingerprints) => {
      await sql`UPDATE root_secrets SET fingerprints = ${[...fingerprints]}::text[] WHERE root = ${root} AND version = ${version}`
    },
  })

export const leakMatcher = (sql: Sql): LeakMatcher =>
  guardedStore<LeakMatcher>({
    roots: async (fingerprints) => [
      ...(await sql<FoundRoot[]>`
        SELECT root, version, state, fingerprints FROM root_secrets WHERE fingerprints && ${[...fingerprints]}::text[]
        ORDER BY (state = 'current') DESC, version DESC LIMIT ${MOST}`),
    ],
    leases: async (fingerprints) =>
      (
        await sql<(LeaseRow & { fingerprints: string[] })[]>`
          SELECT * FROM leases WHERE fingerprints && ${[...fingerprints]}::text[] ORDER BY id DESC LIMIT ${MOST}`
      ).map((row) => ({ lease: toLease(row), fingerprints: row.fingerprints })),
  })

export const leakedRoots = (sql: Sql): LeakedRoots =>
  guardedStore<LeakedRoots>({
    note: (found, event) =>
      sql.begin(async (tx) => {
        await tx`
          INSERT INTO leaked_roots (root, version, last_by) VALUES (${found.root}, ${found.version}, ${found.by})
          ON CONFLICT (root, version) DO UPDATE SET last_at = clock_timestamp(), reports = leaked_roots.reports + 1,
            last_by = excluded.last_by`
        await appendAudit(tx, [event])
      }),
    inUse: async () => [
      ...(await sql<LeakedRoot[]>`
        SELECT l.root, l.version, l.first_at AS "firstAt", l.last_at AS "lastAt", l.reports::int AS reports, l.last_by AS by
        FROM leaked_roots l
        JOIN root_secrets s ON s.root = l.root AND s.version = l.version AND s.state = 'current'
        ORDER BY l.last_at DESC LIMIT ${MOST}`),
    ],
  })

export const oneTimeSecrets = (sql: Sql): OneTimeSecrets =>
  guardedStore<OneTimeSecrets>({
    voidInvitation: (digest, event) =>
      sql.begin(async (tx) => {
        const [row] = await tx<{ principal: string }[]>`
          DELETE FROM enrolments WHERE digest = ${digest} AND used_by IS NULL RETURNING principal`
        if (row) await appendAudit(tx, [event])
        return row
      }),
    voidLogin: (digest, event) =>
      sql.begin(async (tx) => {
        const { count } = await tx`DELETE FROM device_requests WHERE digest = ${digest}`
        if (count > 0) await appendAudit(tx, [event])
        return count > 0
      }),
  })
