import { Button, Group, Loader, Text } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import classes from './data-table.module.css'
import { useKeys } from './keys.ts'
import { Problem } from './problem.tsx'
import { type Column, TableRow } from './table-row.tsx'

export type { Column } from './table-row.tsx'

/** The part of a list query that a table needs: see api/queries.ts. */
export interface Rows<Row> {
  readonly items: readonly Row[]
  readonly isPending: boolean
  readonly error: Error | null
  readonly refetch: () => unknown
  readonly hasNextPage?: boolean
  readonly isFetchingNextPage?: boolean
  readonly fetchNextPage?: () => unknown
}

interface Props<Row> {
  /** What the rows are, for people who do not see the page around it. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: Rows<Row>
  readonly keyOf: (row: Row) => string
  /** Where a row leads, as the router has it. Its first cell should hold the link too, for everybody's keyboard. */
  readonly linkOf?: (row: Row) => string
  /** Key of the row that is open beside the table: `j` and `k` open the next one at once. */
  readonly open?: string | undefined
  /** Shown where there is no row. */
  readonly empty: ReactNode
}

const ROW_PX = 48

/** Rows of one kind, any number of them: only those in sight are there, and the next page is read before its end is reached. */
export function DataTable<Row>({ label, columns, rows, keyOf, linkOf, open, empty }: Props<Row>) {
  const scroller = useRef<HTMLDivElement>(null)
  // By its key: a row that appears above must not move the choice to another one.
  const [chosen, setChosen] = useState<string>()
  const lastPlace = useRef(-1)
  const [, navigate] = useLocation()
  const { items, hasNextPage = false, isFetchingNextPage = false, fetchNextPage } = rows
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    // The same function while rows are the same: another one makes it measure all of them again.
    getItemKey: useCallback((index: number) => keyOf(items[index] as Row), [items, keyOf]),
  })
  const current = open ?? chosen
  const selected = current === undefined ? -1 : items.findIndex((row) => keyOf(row) === current)
  useEffect(() => {
    if (selected !== -1) lastPlace.current = selected
  }, [selected])
  const layout = useMemo(
    () => ({ '--columns': columns.map(({ width }) => width).join(' ') }) as CSSProperties,
    [columns],
  )
  const shown = virtual.getVirtualItems()
  const lastShown = shown.at(-1)?.index ?? -1
  useEffect(() => {
    if (lastShown >= items.length - 20 && hasNextPage && !isFetchingNextPage) fetchNextPage?.()
  }, [lastShown, items.length, hasNextPage, isFetchingNextPage, fetchNextPage])

  const move = (by: number) => {
    // Where the chosen one has gone, the one after it stands in its place.
    const gone = by > 0 ? lastPlace.current - 1 : lastPlace.current
    const from = selected === -1 ? gone : selected
    const next = Math.min(Math.max(from + by, 0), items.length - 1)
    const row = items[next]
    if (row === undefined) return
    setChosen(keyOf(row))
    virtual.scrollToIndex(next)
    if (open !== undefined && linkOf) navigate(linkOf(row), { replace: true })
  }
  const openSelected = () => {
    const row = items[selected]
    if (row !== undefined && linkOf) navigate(linkOf(row))
  }
  // Where rows lead nowhere there is nothing to choose.
  useKeys(linkOf ? { j: () => move(1), k: () => move(-1), Enter: openSelected } : {})

  if (rows.error && items.length === 0)
    return <Problem error={rows.error} retry={() => void rows.refetch()} />
  if (rows.isPending) return <Loader aria-label={`Reading ${label}`} m="lg" />
  if (items.length === 0) return empty
  return (
    <>
      <div
        ref={scroller}
        className={classes['scroller']}
        role="table"
        aria-label={label}
        aria-rowcount={hasNextPage ? -1 : items.length + 1}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
        tabIndex={0}
      >
        <div role="rowgroup" className={classes['head']}>
          <div role="row" className={classes['row']} style={layout} aria-rowindex={1}>
            {columns.map(({ title, wide }) => (
              <div role="columnheader" key={title} data-wide={wide || undefined}>
                {title}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={classes['body']} style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, key, start }) => (
            <TableRow
              key={key}
              row={items[index]}
              columns={columns}
              layout={layout}
              index={index}
              start={start}
              selected={index === selected}
              measure={virtual.measureElement}
            />
          ))}
        </div>
      </div>
      <Group mt="xs" gap="sm">
        <Text size="sm" c="dimmed" role="status">
          {hasNextPage ? `The first ${items.length}` : `${items.length} in all`}
        </Text>
        {hasNextPage && (
          <Button
            size="compact-sm"
            variant="default"
            loading={isFetchingNextPage}
            onClick={() => fetchNextPage?.()}
          >
            More
          </Button>
        )}
      </Group>
      <Problem error={rows.error} />
    </>
  )
}
