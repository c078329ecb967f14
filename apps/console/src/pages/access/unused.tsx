import type { UnusedAccess } from '@credbroker/core/wire/who-has-write'
import { Anchor } from '@mantine/core'
import { Link } from 'wouter'
import { DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Time } from '../../ui/time.tsx'
import { Access } from '../../ui/words.tsx'
import type { Row } from './rows.ts'

type Pruning = UnusedAccess & { readonly agent: string }

/** Access that nobody uses: what could be taken away without anybody noticing. */
export function Unused({ rows, days }: { readonly rows: readonly Row[]; readonly days: number }) {
  const items = rows.flatMap((row): Pruning[] =>
    row.kind === 'agent'
      ? row.unused.map((one) => ({ ...one, agent: row.principal.replace('agent:', '') }))
      : [],
  )
  return (
    <DataTable<Pruning>
      label="Unused access"
      rows={{ items, isPending: false, error: null, refetch: () => undefined }}
      keyOf={({ agent, scope, environment }) => `${agent} ${scope} ${environment}`}
      empty={
        <Empty title="Nothing is unused">
          Every scope that an agent may use was used within {days} days.
        </Empty>
      }
      columns={[
        {
          title: 'Agent',
          width: 'minmax(7rem, 1fr)',
          cell: ({ agent }) => (
            <Anchor component={Link} href={`/agents/${agent}`}>
              {agent}
            </Anchor>
          ),
        },
        {
          title: 'Scope',
          width: 'minmax(7rem, 1fr)',
          cell: ({ scope }) => (
            <Anchor component={Link} href={`/scopes/${scope}`}>
              {scope}
            </Anchor>
          ),
        },
        { title: 'Environment', width: '8rem', cell: ({ environment }) => environment },
        { title: 'Access', width: 'minmax(8rem, 1fr)', cell: ({ access }) => <Access levels={access} /> },
        {
          title: 'Last used',
          width: '8rem',
          cell: ({ last_used }) => (last_used === null ? 'never' : <Time at={last_used} />),
        },
        {
          title: 'Permitted by',
          width: 'minmax(8rem, 1fr)',
          cell: ({ policies }) => <ForeignText>{policies.join(', ')}</ForeignText>,
          wide: true,
        },
      ]}
    />
  )
}
