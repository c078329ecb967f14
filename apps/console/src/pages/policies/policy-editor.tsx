import type { PolicyFinding } from '@credbroker/core/wire/simulate'
import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { call, Refused } from '../../api/call.ts'
import { useChange } from '../../api/change.ts'
import { ChangeStatus } from '../../ui/problem.tsx'
import classes from './cedar.module.css'
import { CedarText } from './cedar-text.tsx'
import { Impact } from './impact.tsx'

interface Props {
  /** Of a policy that is there; a new one gets its name here. */
  readonly name?: string
  readonly text: string
  /** Of the policy that the text was read from; absent of a new one. */
  readonly revision?: string
}

/** Writes one policy: what is wrong with it is said as one types, and what it would change before it is saved. */
export function PolicyEditor({ name: given, text: initial, revision = 'none' }: Props) {
  const [name, setName] = useState(given ?? '')
  const [text, setText] = useState(initial)
  const [, navigate] = useLocation()
  const change = useChange(() => navigate(`/policies/${encodeURIComponent(name)}`))
  const findings = useFindings(name || 'draft', text)
  const wrong = findings.some(({ level }) => level === 'error')
  const stale = change.error instanceof Refused && change.error.code === 'conflict'
  const save = () =>
    change.send({
      path: `/v1/policies/${encodeURIComponent(name)}`,
      method: 'PUT',
      body: { text, expected_revision: revision },
    })
  return (
    <Stack gap="md">
      {given === undefined && (
        <TextInput
          label="Name"
          value={name}
          maxLength={48}
          required
          autoComplete="off"
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          maw="24rem"
        />
      )}
      <div className={classes['panes']}>
        <Textarea
          label="Cedar"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          autosize
          minRows={12}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <section aria-label="As it reads">
          <Text size="sm" fw={500}>
            As it reads
          </Text>
          <CedarText
            text={text}
            marked={new Set(findings.flatMap(({ line }) => (line === undefined ? [] : [line])))}
          />
        </section>
      </div>
      <Findings findings={findings} />
      <Group>
        <Button
          onClick={save}
          loading={change.busy}
          disabled={wrong || name.trim() === '' || change.waits !== undefined}
        >
          Save
        </Button>
        {stale && (
          <Button variant="default" onClick={() => location.reload()}>
            Somebody else changed it: read it anew
          </Button>
        )}
      </Group>
      <ChangeStatus change={change} />
      {!wrong && name.trim() !== '' && text !== initial && (
        <Impact draft={{ policies: [{ name: name.trim(), text }] }} />
      )}
    </Stack>
  )
}

/** What the broker finds wrong with a text, a moment after it was typed. */
function useFindings(name: string, text: string): readonly PolicyFinding[] {
  const [typed] = useDebouncedValue(text, 400)
  const { data } = useQuery({
    queryKey: ['/v1/policies', 'check', name, typed],
    queryFn: ({ signal }) =>
      call<{ findings: PolicyFinding[] }>('/v1/policies/check', {
        method: 'POST',
        body: { policies: [{ name, text: typed }] },
        signal,
      }),
    placeholderData: (before) => before,
    retry: false,
  })
  return data?.findings ?? []
}

const Findings = ({ findings }: { readonly findings: readonly PolicyFinding[] }) => (
  <div role="status">
    {findings.length === 0 ? (
      <Text size="sm" c="dimmed">
        Nothing is wrong with it.
      </Text>
    ) : (
      <ul>
        {findings.map(({ level, policy, line, column, message }) => (
          <li key={`${policy}${line}${column}${message}`}>
            {level === 'error' ? 'Wrong' : 'Look at'} {policy}
            {line !== undefined && `, line ${line}${column === undefined ? '' : `, column ${column}`}`}:{' '}
            {message}
          </li>
        ))}
      </ul>
    )}
  </div>
)
