import type { BreakGlassView } from '@credbroker/core/wire/break-glass'
import { Button, Group, Select, Stack, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { useChange } from '../../api/change.ts'
import { Confirm } from '../../ui/confirm.tsx'

const MINUTES = ['5', '10', '20', '30']

/** For an incident: policy gives way for one agent in one environment, for minutes, and everybody sees it. */
export function BreakTheGlass() {
  const change = useChange<BreakGlassView>()
  const [agent, setAgent] = useState('')
  const [environment, setEnvironment] = useState('')
  const [scopes, setScopes] = useState('')
  const [reason, setReason] = useState('')
  const [minutes, setMinutes] = useState('10')
  const named = scopes.split(/[\s,]+/).filter((name) => name !== '')
  const body = {
    agent: agent.trim(),
    environment: environment.trim(),
    ...(named.length > 0 && { scopes: named }),
    reason: reason.trim(),
    ttl: `${minutes}m`,
  }
  const text = (label: string, value: string, set: (value: string) => void, maxLength: number) => (
    <TextInput
      label={label}
      value={value}
      maxLength={maxLength}
      autoComplete="off"
      onChange={({ currentTarget }) => set(currentTarget.value)}
    />
  )
  return (
    <>
      <Title order={2} mt="xl" mb="sm">
        Break the glass
      </Title>
      <Stack gap="sm" maw="34rem">
        {text('Agent', agent, setAgent, 48)}
        {text('In the environment', environment, setEnvironment, 48)}
        {text('Scopes, where not all of it', scopes, setScopes, 1000)}
        {text('Why, for the record', reason, setReason, 500)}
        <Select
          label="Minutes"
          data={MINUTES}
          value={minutes}
          allowDeselect={false}
          onChange={(chosen) => setMinutes(chosen ?? '10')}
        />
        <Group>
          <Confirm
            verb="Break the glass"
            change={change}
            order={{ path: '/v1/break-glass', body }}
            word={agent.trim() || 'a name'}
          >
            For {minutes} minutes policy gives way for {agent.trim() || 'the agent'} there. Guardrails hold,
            everybody sees it on every page, and all of it is in the log.
          </Confirm>
          {change.done !== undefined && (
            <Button variant="subtle" onClick={change.reset}>
              Done. Once more
            </Button>
          )}
        </Group>
      </Stack>
    </>
  )
}
