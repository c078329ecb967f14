import type { GrantView } from '@credbroker/core/wire/tasks'
import { Anchor, Group, Text } from '@mantine/core'
import { Link } from 'wouter'
import { useChange } from '../../api/change.ts'
import { useRole } from '../../session/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { type Column, DataTable, type Rows } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Time } from '../../ui/time.tsx'
import { Access, State } from '../../ui/words.tsx'

interface Props {
  /** Of one task, or a list of all. */
  readonly grants: readonly GrantView[] | Rows<GrantView>
}

export function GrantTable({ grants }: Props) {
  const rows = 'items' in grants ? grants : whole(grants)
  const inTask = !('items' in grants)
  const task: Column<GrantView> = {
    title: 'Task',
    width: 'minmax(8rem, 1fr)',
    cell: ({ task: id }) =>
      id !== undefined && (
        <Anchor component={Link} href={`/tasks/${id}`} ff="monospace" size="xs">
          {id}
        </Anchor>
      ),
  }
  return (
    <DataTable
      label="Grants"
      rows={rows}
      keyOf={({ id, scope, task: of }) => id ?? `${of}${scope}`}
      empty={
        <Empty title="No grant">
          A grant is the decision that a task may use a scope until a time. A task asks for them when it
          starts: <code>broker exec --env staging --scope NAME -- CMD</code>
        </Empty>
      }
      columns={[
        {
          title: 'Scope',
          width: 'minmax(8rem, 1fr)',
          cell: ({ scope }) => (
            <Anchor component={Link} href={`/scopes/${scope}`}>
              {scope}
            </Anchor>
          ),
        },
        ...(inTask ? [] : [task]),
        { title: 'Environment', width: '8rem', cell: ({ environment }) => environment, wide: true },
        {
          title: 'Access',
          width: 'minmax(7rem, 1fr)',
          cell: ({ access }) => (
            <Group gap={4}>
              <Access levels={access} />
            </Group>
          ),
        },
        {
          title: 'State',
          width: 'minmax(7rem, 1fr)',
          cell: ({ state, end_reason, reason, approval_url }) => (
            <>
              <State>{end_reason ?? state}</State>
              {approval_url !== undefined && (
                <Anchor
                  component={Link}
                  href={`/approvals/${approval_url.split('/').at(-1)}`}
                  size="xs"
                  ml={6}
                >
                  the question
                </Anchor>
              )}
              {reason !== undefined && (
                <Text size="xs" c="dimmed">
                  <ForeignText>{reason}</ForeignText>
                </Text>
              )}
            </>
          ),
        },
        { title: 'Ends', width: '7rem', cell: ({ ends_at }) => <Time at={ends_at} />, wide: true },
        { title: 'Revoke', width: '6rem', cell: (grant) => <Revoke grant={grant} /> },
      ]}
    />
  )
}

function Revoke({ grant: { id, state, scope } }: { readonly grant: GrantView }) {
  const change = useChange()
  const operator = useRole('operator')
  if (!operator || id === undefined || (state !== 'active' && state !== 'pending')) return null
  return (
    <Confirm
      verb="Revoke"
      size="compact-sm"
      change={change}
      order={{ path: `/v1/grants/${id}`, method: 'DELETE' }}
    >
      The grant of {scope} ends, and what was minted under it is revoked at its vendor.
    </Confirm>
  )
}

const whole = (items: readonly GrantView[]): Rows<GrantView> => ({
  items,
  isPending: false,
  error: null,
  refetch: () => undefined,
})
