import { Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './empty.module.css'

/** What a page says while there is nothing on it: why that is, and the next step. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <Stack className={classes['empty'] ?? ''} gap="xs">
    <Title order={2} size="h4">
      {title}
    </Title>
    {children && (
      <Text component="div" c="dimmed">
        {children}
      </Text>
    )}
  </Stack>
)
