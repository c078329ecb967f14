import type { ReactNode } from 'react'
import { useAll } from '../../api/queries.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Choice, Filters, NameFilter, useFilters } from '../../ui/filters.tsx'
import { Page } from '../../ui/page.tsx'
import type { ConfigObject, Kind } from './kinds.ts'
import { matches, STANDINGS } from './matches.ts'
import { NameLink } from './names.tsx'
import { Standing } from './standing.tsx'

interface Props<View> {
  readonly kind: Kind
  /** Between the name and how it stands. */
  readonly columns: readonly Column<View>[]
  readonly actions?: ReactNode
  /** The next step, while there is none. */
  readonly empty: ReactNode
}

/** Every list of the configuration: all of one kind, by name. */
export function ObjectList<View extends ConfigObject>({ kind, columns, actions, empty }: Props<View>) {
  const { values, set } = useFilters(['name', 'state'])
  const rows = useAll<View>(`/v1/${kind.collection}`)
  const shown = rows.items.filter((one) => matches(one, values))
  return (
    <Page title={kind.title} lead={kind.lead} actions={actions}>
      {rows.items.length > 0 && (
        <Filters>
          <NameFilter label="Name" value={values.name} onChange={(to) => set('name', to)} />
          <Choice label="State" value={values.state} of={STANDINGS} onChange={(to) => set('state', to)} />
        </Filters>
      )}
      <DataTable<View>
        label={kind.title}
        rows={{ ...rows, items: shown }}
        keyOf={({ name }) => name}
        linkOf={({ name }) => `/${kind.collection}/${encodeURIComponent(name)}`}
        empty={
          rows.items.length > 0 ? (
            <Empty title={`No ${kind.one} is like that`}>Look for another name, or for any state.</Empty>
          ) : (
            empty
          )
        }
        columns={[
          {
            title: 'Name',
            width: 'minmax(8rem, 2fr)',
            cell: ({ name }) => <NameLink of={kind} name={name} />,
          },
          ...columns,
          { title: 'State', width: '8rem', cell: (one) => <Standing of={one} /> },
        ]}
      />
    </Page>
  )
}
