import { Alert, Button, Group, List, Stack } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Refused } from '../../api/call.ts'
import type { Change } from '../../api/change.ts'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { ChangeStatus } from '../../ui/problem.tsx'
import {
  type Document,
  type Draft,
  documentOf,
  draftOf,
  type Field,
  type Problems,
  sortProblems,
} from './draft.ts'
import { FieldInput } from './field-input.tsx'

interface Props<Answer> {
  readonly form: readonly Field[]
  /** What stands there at first. */
  readonly document: Document
  readonly verb: string
  readonly change: Change<Answer>
  readonly onSubmit: (document: Document) => void
  readonly onCancel: () => void
  /** Above the buttons; it may depend on what stands there now. */
  readonly children?: ReactNode | ((draft: Draft) => ReactNode)
}

/** Any document as a form. What the broker refuses is told at the field that it is about. */
export function ObjectForm<Answer>({
  form,
  document,
  verb,
  change,
  onSubmit,
  onCancel,
  children,
}: Props<Answer>) {
  const [draft, setDraft] = useState(() => draftOf(form, document))
  const [missing, setMissing] = useState<Problems>({})
  const refused = change.error instanceof Refused ? change.error.problems : []
  const { byField, others } = sortProblems(form, refused)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { document: made, problems } = documentOf(form, draft)
    setMissing(problems)
    if (Object.keys(problems).length === 0) onSubmit(made)
  }
  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack gap="md">
        {form.map((field) => (
          <FieldInput
            key={field.at}
            field={field}
            value={draft[field.at]}
            error={missing[field.at] ?? byField[field.at]}
            onChange={(value) => setDraft((before) => ({ ...before, [field.at]: value }))}
          />
        ))}
        {typeof children === 'function' ? children(draft) : children}
        <ChangeStatus change={change} />
        {others.length > 0 && (
          <Alert color="red" role="alert" title="What is wrong">
            <List size="sm">
              {others.map((text) => (
                <List.Item key={text}>
                  <ForeignText>{text}</ForeignText>
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={change.busy} disabled={change.waits !== undefined}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
