import { Alert, Anchor, List, ThemeIcon } from '@mantine/core'
import { IconCheck, IconCircleDashed } from '@tabler/icons-react'
import { Link } from 'wouter'
import { useAll, useList } from '../../api/queries.ts'

/** What is left to do until an agent works, in order; nothing once it does. */
export function FirstSteps() {
  const roots = useAll('/v1/roots')
  const scopes = useAll('/v1/scopes')
  const agents = useAll<{ readonly keys: readonly unknown[] }>('/v1/agents')
  const tasks = useList('/v1/tasks', {}, 1)
  if ([roots, scopes, agents, tasks].some(({ isPending, error }) => isPending || error)) return null
  const steps: readonly (readonly [done: boolean, what: string, page: string, how: string])[] = [
    [roots.items.length > 0, 'Store a root', '/roots', 'broker init, then broker apply -f credbroker'],
    [
      scopes.items.length > 0,
      'Name a slice of it as a scope',
      '/scopes',
      'in broker.yaml, then broker apply',
    ],
    [
      agents.items.some(({ keys }) => keys.length > 0),
      'Enrol an agent',
      '/agents',
      'broker agent invite NAME',
    ],
    [
      tasks.items.length > 0,
      'Start its first task',
      '/tasks',
      'broker exec --env staging --scope NAME --purpose "…" -- CMD',
    ],
  ]
  if (steps.every(([done]) => done)) return null
  return (
    <Alert title="Next steps" color="gray" mb="lg">
      <List spacing="xs" center>
        {steps.map(([done, what, page, how]) => (
          <List.Item
            key={what}
            icon={
              <ThemeIcon size="sm" radius="xl" variant="light" color={done ? 'green' : 'gray'}>
                {done ? (
                  <IconCheck size={14} aria-label="done" />
                ) : (
                  <IconCircleDashed size={14} aria-label="to do" />
                )}
              </ThemeIcon>
            }
          >
            <Anchor component={Link} href={page}>
              {what}
            </Anchor>
            : <code>{how}</code>
          </List.Item>
        ))}
      </List>
    </Alert>
  )
}
