import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { Anchor, Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { DataTable, type Rows } from '../../ui/data-table.tsx'
import { inert } from '../../ui/inert.ts'
import { Left, Time } from '../../ui/time.tsx'
import { State, Tier } from '../../ui/words.tsx'
import { headline, personOf } from './approval-words.ts'

interface Props {
  readonly rows: Rows<ApprovalView>
  readonly open: string | undefined
  /** Of the address, to stay when a question is opened. */
  readonly search: string
  readonly empty: ReactNode
}

export function Inbox({ rows, open, search, empty }: Props) {
  const linkOf = ({ id }: ApprovalView) => `/approvals/${id}${search}`
  return (
    <DataTable
      label="Questions"
      rows={rows}
      keyOf={({ id }) => id}
      linkOf={linkOf}
      open={open}
      empty={empty}
      columns={[
        {
          title: 'Question',
          width: 'minmax(0, 1fr)',
          cell: (view) => (
            <div>
              <Anchor component={Link} href={linkOf(view)} fw={500}>
                {headline(view)}
              </Anchor>
              <Group gap="xs">
                <Text size="xs" c="dimmed">
                  {inert(view.work?.agent ?? personOf(view.requester))} in {inert(view.environment)}
                </Text>
                {view.tier === 'protected' && <Tier>{view.tier}</Tier>}
                {view.level === 'two-person' && <State>two persons</State>}
                {view.not_yours !== undefined && <State>not yours</State>}
              </Group>
            </div>
          ),
        },
        {
          title: 'State',
          width: '6.5rem',
          cell: ({ state, ends_at, asked_at }) =>
            state === 'pending' ? (
              <Text size="xs">
                <Left until={ends_at} /> left
              </Text>
            ) : (
              <>
                <State>{state}</State>{' '}
                <Text size="xs" c="dimmed">
                  <Time at={asked_at} />
                </Text>
              </>
            ),
        },
      ]}
    />
  )
}
