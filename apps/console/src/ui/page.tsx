import { Group, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { usePrefix } from './title.ts'

interface Props {
  readonly title: string
  /** In the title of the window, where the heading holds what somebody else wrote. */
  readonly windowTitle?: string
  readonly lead?: ReactNode
  /** Buttons beside the heading. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** Every page: its heading, what it is for, and what can be done here. */
export function Page({ title, windowTitle = title, lead, actions, children }: Props) {
  const prefix = usePrefix()
  useEffect(() => {
    document.title = `${prefix}${windowTitle} · Credbroker`
  }, [prefix, windowTitle])
  return (
    <>
      <Group justify="space-between" align="flex-start" mb="md" gap="sm">
        <div>
          <Title order={1}>{title}</Title>
          {lead && (
            <Text c="dimmed" size="sm" maw="46rem">
              {lead}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </>
  )
}
