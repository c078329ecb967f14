import { Checkbox, Group, MultiSelect, Select, Textarea, TextInput } from '@mantine/core'
import { useAll } from '../../api/queries.ts'
import type { Draft, Field } from './draft.ts'
import classes from './fields.module.css'
import { KindInput } from './kind-input.tsx'
import type { ConfigObject } from './kinds.ts'

interface Props {
  readonly field: Field
  readonly value: Draft[string] | undefined
  readonly error: string | undefined
  readonly onChange: (value: Draft[string]) => void
}

/** One field of a form, with what is wrong with it beside it. */
export function FieldInput({ field: { label, hint, required = false, as }, value, error, onChange }: Props) {
  const common = { label, description: hint, required, error }
  const text = typeof value === 'string' ? value : ''
  const several = Array.isArray(value) ? [...(value as readonly string[])] : []
  switch (as.kind) {
    case 'text':
      return (
        <TextInput
          {...common}
          value={text}
          autoComplete="off"
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )
    case 'json':
      return (
        <Textarea
          {...common}
          value={text}
          rows={Math.min(16, Math.max(4, text.split('\n').length))}
          classNames={{ input: classes['code'] ?? '' }}
          spellCheck={false}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )
    case 'yes':
      return (
        <Checkbox
          label={label}
          checked={value === true}
          error={error}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
      )
    case 'one':
      return typeof as.of === 'string' ? (
        <OneName {...common} of={as.of} value={text} onChange={onChange} />
      ) : (
        <Select
          {...common}
          data={[...as.of]}
          value={text || null}
          clearable={!required}
          onChange={(to) => onChange(to ?? '')}
        />
      )
    case 'vendor':
      return <KindInput {...common} of={as.of} value={text} onChange={onChange} />
    case 'several':
      return typeof as.of === 'string' ? (
        <SeveralNames {...common} of={as.of} value={several} onChange={onChange} />
      ) : (
        <Checkbox.Group {...common} value={several} onChange={onChange}>
          <Group mt={4}>
            {as.of.map((word) => (
              <Checkbox key={word} value={word} label={word} />
            ))}
          </Group>
        </Checkbox.Group>
      )
  }
}

interface NamesProps<Value> {
  readonly label: string
  readonly description: string | undefined
  readonly required: boolean
  readonly error: string | undefined
  readonly of: string
  readonly value: Value
  readonly onChange: (value: Value) => void
}

function OneName({ of, value, onChange, required, ...common }: NamesProps<string>) {
  const names = useNames(of, value === '' ? [] : [value])
  return (
    <Select
      {...common}
      required={required}
      data={names}
      value={value || null}
      searchable
      clearable={!required}
      onChange={(to) => onChange(to ?? '')}
    />
  )
}

function SeveralNames({ of, value, onChange, ...common }: NamesProps<string[]>) {
  return <MultiSelect {...common} data={useNames(of, value)} value={value} searchable onChange={onChange} />
}

/** What can be chosen; what was chosen before stays, also where it is disabled by now. */
function useNames(collection: string, chosen: readonly string[]): string[] {
  const { items } = useAll<ConfigObject>(collection)
  const live = items.filter(({ disabled, tampered }) => !disabled && !tampered).map(({ name }) => name)
  return [...new Set([...live, ...chosen])].toSorted()
}
