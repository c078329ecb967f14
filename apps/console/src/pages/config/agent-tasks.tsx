import type { TaskView } from '@credbroker/core/wire/tasks'
import { Anchor, List, Loader, Text } from '@mantine/core'
import { Link } from 'wouter'
import { useList } from '../../api/queries.ts'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Problem } from '../../ui/problem.tsx'
import { Time } from '../../ui/time.tsx'

/** What it was used for lately. */
export function AgentTasks({ agent }: { readonly agent: string }) {
  const { items, isPending, error } = useList<TaskView>('/v1/tasks', { agent }, 5)
  if (isPending) return <Loader size="sm" aria-label="Reading its tasks" />
  if (error) return <Problem error={error} />
  if (items.length === 0) return <Text c="dimmed">It was never used.</Text>
  return (
    <>
      <List size="sm">
        {items.slice(0, 5).map(({ id, purpose, environment, started_at }) => (
          <List.Item key={id}>
            <Anchor component={Link} href={`/tasks/${id}`}>
              <ForeignText limit={100}>{purpose}</ForeignText>
            </Anchor>{' '}
            in {environment}, <Time at={started_at} />
          </List.Item>
        ))}
      </List>
      <Anchor component={Link} href={`/tasks?agent=${encodeURIComponent(agent)}`} size="sm">
        All its tasks
      </Anchor>
    </>
  )
}
