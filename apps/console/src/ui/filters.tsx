import { Group, Select, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useSearchParams } from 'wouter'

/** Filters live in the address: a view can be sent to somebody else, and comes back with the back button. */
export function useFilters<Name extends string>(names: readonly Name[]) {
  const [search, setSearch] = useSearchParams()
  const values = Object.fromEntries(names.map((name) => [name, search.get(name) ?? ''])) as Record<
    Name,
    string
  >
  const set = (name: Name, value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  return { values, set }
}

interface FilterProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

/** One of a few. Nothing chosen means all of them. */
export const Choice = ({ label, value, onChange, of }: FilterProps & { readonly of: readonly string[] }) => (
  <Select
    size="xs"
    label={label}
    placeholder="All"
    data={[...of]}
    value={value === '' ? null : value}
    onChange={(chosen) => onChange(chosen ?? '')}
    clearable
    w="10rem"
  />
)

/** A name, taken once it is entered. */
export const NameFilter = ({ label, value, onChange }: FilterProps) => (
  <TextInput
    key={value}
    size="xs"
    label={label}
    placeholder="All"
    defaultValue={value}
    maxLength={100}
    w="10rem"
    onBlur={({ currentTarget }) => onChange(currentTarget.value.trim())}
    onKeyDown={(event) => event.key === 'Enter' && onChange(event.currentTarget.value.trim())}
  />
)

export const Filters = ({ children }: { readonly children: ReactNode }) => (
  <Group gap="sm" mb="md" align="end" role="search">
    {children}
  </Group>
)
