import { Anchor, Paper, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import classes from './overview.module.css'

interface Props {
  readonly title: string
  readonly value: number
  /** Where the things that are counted are listed. */
  readonly href: string
  readonly children?: ReactNode
}

export const Tile = ({ title, value, href, children }: Props) => (
  <Paper withBorder p="md" component="section" aria-label={title}>
    <Anchor component={Link} href={href} size="sm">
      {title}
    </Anchor>
    <div className={classes['value']}>{value.toLocaleString()}</div>
    <Text component="div" size="sm" c="dimmed">
      {children}
    </Text>
  </Paper>
)
