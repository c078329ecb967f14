import { Paper, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import classes from './outside.module.css'

/** A page for somebody who is not signed in yet: one thing to do, nothing around it. */
export function Outside({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Credbroker`
  }, [title])
  return (
    <main className={classes['outside']}>
      <Paper withBorder p="xl" radius="lg">
        <Stack gap="md">
          <Text fw={700} c="dimmed" size="sm">
            Credbroker
          </Text>
          <Title order={1}>{title}</Title>
          {children}
        </Stack>
      </Paper>
    </main>
  )
}
