import type { AgentRow, UserRow } from '@credbroker/core/wire/who-has-write'

export type Row = AgentRow | UserRow
export type Cell = Row['cells'][number]
/** One cell that somebody opened. */
export interface Opened {
  readonly row: Row
  readonly cell: Cell
}
