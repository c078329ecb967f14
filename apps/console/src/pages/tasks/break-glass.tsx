import { Title } from '@mantine/core'
import { useChange } from '../../api/change.ts'
import { useAll } from '../../api/queries.ts'
import { useRole } from '../../session/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Time } from '../../ui/time.tsx'

interface Broken {
  readonly id: string
  readonly agent: string
  readonly environment: string
  readonly by: string
  readonly reason: string
  readonly ends_at: string
}

/** Where policy gives way at the moment; nothing where it does not. */
export function BreakGlass() {
  const rows = useAll<Broken>('/v1/break-glass')
  const operator = useRole('operator')
  if (rows.items.length === 0) return null
  return (
    <>
      <Title order={2} mt="lg" mb="sm">
        Break-glass
      </Title>
      <DataTable<Broken>
        label="Break-glass in force"
        rows={rows}
        keyOf={({ id }) => id}
        empty={null}
        columns={[
          { title: 'Agent', width: 'minmax(7rem, 1fr)', cell: ({ agent }) => agent },
          { title: 'Environment', width: '8rem', cell: ({ environment }) => environment },
          { title: 'By', width: '7rem', cell: ({ by }) => by },
          {
            title: 'Why',
            width: 'minmax(8rem, 2fr)',
            cell: ({ reason }) => <ForeignText>{reason}</ForeignText>,
          },
          { title: 'Ends', width: '7rem', cell: ({ ends_at }) => <Time at={ends_at} /> },
          { title: 'End', width: '6rem', cell: ({ id }) => operator && <End id={id} /> },
        ]}
      />
    </>
  )
}

function End({ id }: { readonly id: string }) {
  const change = useChange()
  return (
    <Confirm
      verb="End it"
      size="compact-sm"
      change={change}
      order={{ path: `/v1/break-glass/${id}`, method: 'DELETE' }}
    >
      Policy holds again, and everything that only this permitted ends.
    </Confirm>
  )
}
