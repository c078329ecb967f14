import { Loader, Text } from '@mantine/core'
import { useAll } from '../../api/queries.ts'
import { Problem } from '../../ui/problem.tsx'
import type { ConfigObject, Kind } from './kinds.ts'
import { NameLinks } from './names.tsx'

interface Props {
  readonly of: Kind
  /** Which field of theirs names this one. */
  readonly field: 'root' | 'environment' | 'owner'
  readonly name: string
  readonly none: string
}

/** Which objects of another kind name this one. */
export function Related({ of, field, name, none }: Props) {
  const { items, isPending, error } = useAll<ConfigObject & Partial<Record<Props['field'], string>>>(
    `/v1/${of.collection}`,
  )
  const names = items.filter((one) => !one.disabled && one[field] === name).map((one) => one.name)
  if (isPending) return <Loader size="sm" aria-label={`Reading ${of.collection}`} />
  if (error) return <Problem error={error} />
  return names.length > 0 ? <NameLinks of={of} names={names} /> : <Text c="dimmed">{none}</Text>
}
