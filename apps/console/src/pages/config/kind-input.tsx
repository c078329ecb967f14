import { Select } from '@mantine/core'
import { useVendorKinds } from './vendor-kinds.ts'

interface Props {
  readonly label: string
  readonly description: string | undefined
  readonly required: boolean
  readonly error: string | undefined
  /** Those that have roots of their own, or those that read calls. */
  readonly of: 'root' | 'connector'
  readonly value: string
  readonly onChange: (value: string) => void
}

/** One of the kinds that this broker has. */
export function KindInput({ of, value, onChange, required, ...common }: Props) {
  const kinds = useVendorKinds().filter((kind) =>
    of === 'root' ? kind.root !== undefined && !kind.federated : kind.is === 'connector',
  )
  return (
    <Select
      {...common}
      required={required}
      data={kinds.map(({ name, title }) => ({ value: name, label: `${name}: ${title}` }))}
      value={value || null}
      searchable
      clearable={!required}
      onChange={(to) => onChange(to ?? '')}
    />
  )
}
