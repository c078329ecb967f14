import { Alert } from '@mantine/core'
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './notice.module.css'

export type Weight = 'danger' | 'caution' | 'note'

const LOOKS = {
  danger: { color: 'red', icon: <IconAlertTriangle />, role: 'alert' },
  caution: { color: 'yellow', icon: <IconAlertTriangle />, role: 'status' },
  note: { color: 'gray', icon: <IconInfoCircle />, role: 'note' },
} as const

interface Props {
  readonly weight: Weight
  readonly title: string
  readonly children: ReactNode
}

/** Something to know before the rest is read. */
export const Notice = ({ weight, title, children }: Props) => (
  <Alert {...LOOKS[weight]} title={title} mb="md" classNames={{ title: classes['title'] ?? '' }}>
    {children}
  </Alert>
)
