import { z } from 'zod'

/**
 * A backup is gzipped text: one line of JSON that says what follows, then each table in the order of that line as
 * PostgreSQL's `COPY` writes it, closed by `\.`, then one line of JSON that says that this was all.
 * https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"
 */
export const header = z.strictObject({
  format: z.literal('credbroker-backup'),
  version: z.literal(1),
  deployment: z.string().max(100),
  made_at: z.iso.datetime(),
  /** The schema that the rows belong to: a newer broker brings them up to its own when it starts. */
  migrations: z.array(z.string().max(200)).max(1000),
  tables: z
    .array(z.strictObject({ name: z.string().max(63), columns: z.array(z.string().max(63)) }))
    .max(1000),
  sequences: z.record(z.string().max(63), z.string().regex(/^\d{1,19}$/)),
})
export const trailer = z.strictObject({ rows: z.int().nonnegative() })

export type BackupHeader = z.infer<typeof header>
export type TableShape = BackupHeader['tables'][number]

/** What closes a table. No row is written like this: `COPY` escapes a backslash. */
export const END_OF_TABLE = '\\.'

export interface BackupSummary {
  readonly deployment: string
  readonly madeAt: string
  readonly tables: number
  readonly rows: number
}
