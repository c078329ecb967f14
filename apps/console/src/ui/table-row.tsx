import { type CSSProperties, memo, type ReactNode } from 'react'
import classes from './data-table.module.css'

export interface Column<Row> {
  readonly title: string
  /** CSS grid track: `minmax(8rem, 2fr)`. */
  readonly width: string
  cell(row: Row): ReactNode
  /** Left out where there is no room. */
  readonly wide?: boolean
}

interface Props {
  readonly row: unknown
  readonly columns: readonly Column<unknown>[]
  readonly layout: CSSProperties
  readonly index: number
  /** Pixels from the first row. */
  readonly start: number
  readonly selected: boolean
  readonly measure: (element: HTMLElement | null) => void
}

/** One row in sight. Drawn again only where something of it is another: a key moves the choice, and not forty rows. */
export const TableRow = memo(({ row, columns, layout, index, start, selected, measure }: Props) => (
  <div
    role="row"
    ref={measure}
    data-index={index}
    aria-rowindex={index + 2}
    aria-current={selected || undefined}
    className={classes['row']}
    style={{ ...layout, transform: `translateY(${start}px)` }}
  >
    {columns.map(({ title, cell, wide }) => (
      <div role="cell" key={title} data-title={title} data-wide={wide || undefined}>
        {cell(row)}
      </div>
    ))}
  </div>
))
