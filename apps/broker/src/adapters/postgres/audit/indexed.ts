import type { ISql } from 'postgres'

/** What the log is indexed by, to the letter: see migrations/0008_audit-search.sql and 0014_audit-leases-and-scopes.sql. */
export const typeOf = (sql: ISql) => sql`split_part(split_part(record, '"type":"', -1), '"', 1) COLLATE "C"`
export const actorOf = (sql: ISql) =>
  sql`split_part(split_part(record, '"actor":{"id":"', 2), '"', 1) COLLATE "C"`
/** May be an environment that only the facts name. */
export const environmentOf = (sql: ISql) =>
  sql`split_part(split_part(record, '"environment":"', 2), '"', 1) COLLATE "C"`

export const leaseOf = (sql: ISql) => sql`split_part(split_part(record, '"lease":"', 2), '"', 1) COLLATE "C"`
export const scopeOf = (sql: ISql) => sql`split_part(split_part(record, '"scope":"', 2), '"', 1) COLLATE "C"`

/** The first entry that was numbered after this time: found by halving, since entries are numbered in the order of time and without gaps. */
export async function firstSince(sql: ISql, since: Date | { readonly hoursAgo: number }): Promise<string> {
  const time =
    since instanceof Date
      ? sql`${since}::timestamptz`
      : sql`clock_timestamp() - make_interval(hours => ${since.hoursAgo})`
  const [found] = await sql<{ index: string }[]>`
    WITH RECURSIVE half AS (
      SELECT 0::bigint AS low, size AS high, ${time} AS since FROM audit_head
      UNION ALL
      SELECT CASE WHEN moved_at > since THEN low ELSE middle + 1 END, CASE WHEN moved_at > since THEN middle ELSE high END, since
      FROM (SELECT *, (low + high) / 2 AS middle FROM half) halved LEFT JOIN audit_log ON index = middle
      WHERE low < high)
    SELECT low AS index FROM half WHERE low = high`
  return found?.index ?? '0'
}
