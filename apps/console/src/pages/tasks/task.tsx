import type { TaskEnded, TaskView } from '@credbroker/core/wire/tasks'
import { Anchor, Button, Loader, Text, Title } from '@mantine/core'
import { Link } from 'wouter'
import { useChange } from '../../api/change.ts'
import { useOne } from '../../api/queries.ts'
import { useRole } from '../../session/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Facts } from '../../ui/facts.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { Time } from '../../ui/time.tsx'
import { State } from '../../ui/words.tsx'
import { GrantTable } from './grant-table.tsx'
import { LeaseTable } from './lease-table.tsx'
import { Timeline } from './timeline.tsx'
import { WorkplaceOf } from './workplace-of.tsx'

/** One task: who is at what, what it was given, and all that happened. */
export default function Task({ params: { id } }: { readonly params: { readonly id: string } }) {
  const { data: task, error, refetch } = useOne<TaskView>(`/v1/tasks/${id}`)
  const operator = useRole('operator')
  const end = useChange<TaskEnded>()
  return (
    <Page
      title="Task"
      actions={
        <>
          {task && (
            <Button component={Link} href={`/receipts/${id}`} variant="default">
              Receipt
            </Button>
          )}
          {operator && task?.state === 'active' && (
            <Confirm verb="End the task" change={end} order={{ path: `/v1/tasks/${id}/end` }}>
              Its grants end, what was minted for it is revoked, and its open calls are cut. This cannot be
              undone; the agent may start another task.
            </Confirm>
          )}
        </>
      }
    >
      {!task && !error && <Loader aria-label="Reading the task" />}
      <Problem error={task ? null : error} retry={() => void refetch()} />
      {task && (
        <>
          <TaskFacts task={task} />
          <Title order={2} mt="lg" mb="sm">
            Grants
          </Title>
          <GrantTable grants={task.grants} />
          <Title order={2} mt="lg" mb="sm">
            Leases
          </Title>
          <LeaseTable params={{ task: id }} />
          <Title order={2} mt="lg" mb="sm">
            What happened
          </Title>
          <Timeline task={id} />
        </>
      )}
    </Page>
  )
}

function TaskFacts({ task }: { readonly task: TaskView }) {
  const taskLink = (id: string) => (
    <Anchor key={id} component={Link} href={`/tasks/${id}`} ff="monospace" size="sm" mr="sm">
      {id}
    </Anchor>
  )
  return (
    <Facts
      of={{
        State: <State>{task.end_reason ?? task.state}</State>,
        'Purpose (claimed)': <ForeignText claimed>{task.purpose}</ForeignText>,
        'Ticket (claimed)': task.ticket !== undefined && <ForeignText claimed>{task.ticket}</ForeignText>,
        'Where it works (claimed)': <WorkplaceOf task={task} />,
        Agent: (
          <>
            <Anchor component={Link} href={`/agents/${task.agent}`}>
              {task.agent}
            </Anchor>
            , an agent of {task.owner}
            {task.sub_agent !== undefined && (
              <>
                , by its worker <ForeignText claimed>{task.sub_agent}</ForeignText>
              </>
            )}
          </>
        ),
        Environment: (
          <Anchor component={Link} href={`/environments/${task.environment}`}>
            {task.environment}
          </Anchor>
        ),
        Started: <Time at={task.started_at} />,
        [task.ended_at ? 'Ended' : 'Ends']: <Time at={task.ended_at ?? task.ends_at} />,
        'Ends by itself without a sign of life for':
          task.heartbeat_seconds !== undefined && `${task.heartbeat_seconds} s`,
        'Part of': task.parent !== undefined && taskLink(task.parent),
        'Child tasks': task.children?.map(taskLink),
        Id: (
          <Text span ff="monospace" size="sm">
            {task.id}
          </Text>
        ),
      }}
    />
  )
}
