import { Anchor, Group } from '@mantine/core'
import { Link } from 'wouter'
import { inert } from '../../ui/inert.ts'
import type { Kind } from './kinds.ts'

interface Props {
  readonly of: Pick<Kind, 'collection'>
  readonly name: string
}

/** A name that leads to the object itself. */
export const NameLink = ({ of, name }: Props) => (
  <Anchor component={Link} href={`/${of.collection}/${encodeURIComponent(name)}`}>
    {inert(name)}
  </Anchor>
)

/** Several of them; says so where there is none. */
export const NameLinks = ({
  of,
  names,
  none = 'none',
}: {
  readonly of: Pick<Kind, 'collection'>
  readonly names: readonly string[]
  readonly none?: string
}) =>
  names.length === 0 ? (
    none
  ) : (
    <Group gap="sm">
      {names.map((name) => (
        <NameLink key={name} of={of} name={name} />
      ))}
    </Group>
  )
