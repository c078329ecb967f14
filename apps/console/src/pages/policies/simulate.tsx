import type { Simulation } from '@credbroker/core/wire/simulate'
import { Button, Select, Stack, Textarea, TextInput, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { useAll } from '../../api/queries.ts'
import { Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import classes from './cedar.module.css'
import { Verdict } from './verdict.tsx'

interface Named {
  readonly name: string
  readonly environment?: string
}

/** What would be decided, and why; nothing is granted. */
export default function Simulate() {
  const agents = useAll<Named>('/v1/agents').items
  const scopes = useAll<Named>('/v1/scopes').items
  const [agent, setAgent] = useState<string | null>(null)
  const [scope, setScope] = useState<string | null>(null)
  const [operation, setOperation] = useState('')
  const [draft, setDraft] = useState('')
  const environment = scopes.find(({ name }) => name === scope)?.environment
  const { mutate, data, error, isPending } = useMutation<Simulation, Error>({
    mutationFn: () =>
      call<Simulation>('/v1/simulate', {
        method: 'POST',
        body: {
          agent,
          scope,
          environment,
          ...(operation.trim() && { operation: operation.trim() }),
          ...(draft.trim() && { draft: { policies: [{ name: 'draft', text: draft }] } }),
        },
      }),
  })
  return (
    <Page
      title="Simulate"
      lead="Asks the very policies that decide: what would this agent get, and why? Nothing is granted."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          mutate()
        }}
      >
        <Stack gap="sm" maw="34rem">
          <Select
            label="Agent"
            data={agents.map(({ name }) => name)}
            value={agent}
            onChange={setAgent}
            searchable
            required
          />
          <Select
            label="Scope"
            data={scopes.map(({ name }) => name)}
            value={scope}
            onChange={setScope}
            searchable
            required
          />
          <TextInput
            label="Operation"
            description="One operation of a scope of the gateway, as policies name it: railway:volumeDelete"
            value={operation}
            maxLength={200}
            onChange={({ currentTarget }) => setOperation(currentTarget.value)}
          />
          <Textarea
            label="With this policy besides"
            description="Cedar. Left out: as it is now"
            value={draft}
            autosize
            minRows={3}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            onChange={({ currentTarget }) => setDraft(currentTarget.value)}
          />
          <Button type="submit" loading={isPending} disabled={!agent || !scope}>
            Decide
          </Button>
        </Stack>
      </form>
      <Problem error={error} />
      {data && (
        <div className={classes['panes']}>
          <section>
            <Title order={2} mt="lg" mb="xs">
              Now
            </Title>
            <Verdict outcome={data} />
          </section>
          {data.draft && (
            <section>
              <Title order={2} mt="lg" mb="xs">
                With the draft
              </Title>
              <Verdict outcome={data.draft} />
            </section>
          )}
        </div>
      )}
    </Page>
  )
}
