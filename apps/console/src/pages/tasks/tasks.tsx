import type { TaskView } from '@credbroker/core/wire/tasks'
import { Anchor, Text } from '@mantine/core'
import { Link } from 'wouter'
import { useList } from '../../api/queries.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Choice, Filters, NameFilter, useFilters } from '../../ui/filters.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Page } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { State } from '../../ui/words.tsx'

const linkOf = ({ id }: TaskView) => `/tasks/${id}`

/** What agents are at, and were. */
export default function Tasks() {
  const { values, set } = useFilters(['state', 'environment', 'agent'])
  const rows = useList<TaskView>('/v1/tasks', values)
  return (
    <Page title="Tasks" lead="Each piece of work of an agent, in one environment, with an end. Newest first.">
      <Filters>
        <Choice
          label="State"
          value={values.state}
          of={['active', 'ended']}
          onChange={(to) => set('state', to)}
        />
        <NameFilter
          label="Environment"
          value={values.environment}
          onChange={(to) => set('environment', to)}
        />
        <NameFilter label="Agent" value={values.agent} onChange={(to) => set('agent', to)} />
      </Filters>
      <DataTable
        label="Tasks"
        rows={rows}
        keyOf={({ id }) => id}
        linkOf={linkOf}
        empty={
          <Empty title="No task">
            An agent starts one with the SDK, or a person for it:{' '}
            <code>broker exec --env staging --scope NAME -- CMD</code>
          </Empty>
        }
        columns={[
          {
            title: 'Purpose (claimed)',
            width: 'minmax(10rem, 3fr)',
            cell: (task) => (
              <Anchor component={Link} href={linkOf(task)}>
                <ForeignText brief limit={120}>
                  {task.purpose}
                </ForeignText>
              </Anchor>
            ),
          },
          {
            title: 'Agent',
            width: 'minmax(7rem, 1fr)',
            cell: ({ agent, owner }) => (
              <>
                {agent}
                <Text size="xs" c="dimmed">
                  of {owner}
                </Text>
              </>
            ),
          },
          { title: 'Environment', width: '8rem', cell: ({ environment }) => environment },
          {
            title: 'State',
            width: '8rem',
            cell: ({ state, end_reason }) => <State>{end_reason ?? state}</State>,
          },
          { title: 'Started', width: '8rem', cell: ({ started_at }) => <Time at={started_at} />, wide: true },
          {
            title: 'Ends',
            width: '8rem',
            cell: ({ ended_at, ends_at }) => <Time at={ended_at ?? ends_at} />,
            wide: true,
          },
        ]}
      />
    </Page>
  )
}
