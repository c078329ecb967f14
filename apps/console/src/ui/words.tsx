import { Badge, type MantineColor } from '@mantine/core'
import classes from './words.module.css'

const ACCESS: Readonly<Record<string, MantineColor>> = {
  read: 'gray',
  write: 'blue',
  delete: 'red',
  admin: 'red',
  secret: 'red',
  execute: 'red',
}

const STATES: Readonly<Record<string, MantineColor>> = {
  active: 'green',
  approved: 'green',
  usable: 'green',
  ok: 'green',
  permit: 'green',
  pending: 'yellow',
  reserved: 'yellow',
  revoking: 'yellow',
  approval: 'yellow',
  spanning: 'yellow',
  unknown: 'yellow',
  denied: 'red',
  deny: 'red',
  failed: 'red',
  unusable: 'red',
  tampered: 'red',
  leaked: 'red',
}

const TIERS: Readonly<Record<string, MantineColor>> = {
  disposable: 'gray',
  standard: 'blue',
  protected: 'red',
}

/** One word of ours, coloured by what it means. The word itself always stands there: colour alone says nothing. */
const Word = ({ children, color = 'gray' }: { readonly children: string; readonly color?: MantineColor }) => (
  <Badge
    variant="light"
    color={color}
    size="md"
    radius="sm"
    tt="none"
    classNames={{ label: classes['word'] ?? '' }}
  >
    {children}
  </Badge>
)

export const Access = ({ levels }: { readonly levels: readonly string[] }) => (
  <>
    {levels.map((level) => (
      <Word key={level} color={ACCESS[level] ?? 'gray'}>
        {level}
      </Word>
    ))}
  </>
)
export const State = ({ children }: { readonly children: string }) => (
  <Word color={STATES[children] ?? 'gray'}>{children}</Word>
)
export const Tier = ({ children }: { readonly children: string }) => (
  <Word color={TIERS[children] ?? 'gray'}>{children}</Word>
)
