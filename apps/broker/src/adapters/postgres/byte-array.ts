import type { Sql, TransactionSql } from 'postgres'

const BYTEA = 17

/** A `bytea[]` parameter: the driver sends a plain array of Buffers as one `bytea`. */
export const byteArray = (sql: Sql | TransactionSql, values: readonly Buffer[]) =>
  sql.array([...values], BYTEA)
