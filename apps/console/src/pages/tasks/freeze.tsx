import { Button, Group, Radio, Stack, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { useChange } from '../../api/change.ts'
import { useAll } from '../../api/queries.ts'
import { useRole } from '../../session/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Page } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { BreakGlass } from './break-glass.tsx'
import { BreakTheGlass } from './break-the-glass.tsx'

interface Freeze {
  readonly target: string
  readonly by: string
  readonly at: string
  readonly reason?: string
}

/** Stop everything under an environment, an agent, or all of it. */
export default function FreezePage() {
  const operator = useRole('operator')
  const admin = useRole('admin')
  return (
    <Page
      title="Freeze"
      lead="Stops at once: nothing is granted, minted or called there, and what lives is ended. Lifting it brings nothing back."
    >
      {operator && <SetFreeze />}
      <Title order={2} mt="lg" mb="sm">
        In force
      </Title>
      <DataTable<Freeze>
        label="Freezes in force"
        rows={useAll<Freeze>('/v1/freeze')}
        keyOf={({ target }) => target}
        empty={
          <Empty title="Nothing is frozen">
            From a shell: <code>broker freeze --env staging</code>
          </Empty>
        }
        columns={[
          { title: 'What', width: 'minmax(8rem, 1fr)', cell: ({ target }) => target },
          { title: 'By', width: '8rem', cell: ({ by }) => by },
          { title: 'Since', width: '8rem', cell: ({ at }) => <Time at={at} /> },
          {
            title: 'Reason',
            width: 'minmax(8rem, 2fr)',
            cell: ({ reason }) => <ForeignText>{reason}</ForeignText>,
            wide: true,
          },
          { title: 'Lift', width: '7rem', cell: (freeze) => admin && <Lift freeze={freeze} /> },
        ]}
      />
      <BreakGlass />
      {admin && <BreakTheGlass />}
    </Page>
  )
}

const KINDS = ['environment', 'agent', 'all'] as const

function SetFreeze() {
  const change = useChange()
  const [kind, setKind] = useState<(typeof KINDS)[number]>('environment')
  const [name, setName] = useState('')
  const [reason, setReason] = useState('')
  const target = kind === 'all' ? { all: true } : { [kind]: name.trim() }
  return (
    <Stack gap="sm" maw="34rem">
      <Radio.Group label="What to freeze" value={kind} onChange={(value) => setKind(value as typeof kind)}>
        <Group mt={4}>
          <Radio value="environment" label="One environment" />
          <Radio value="agent" label="One agent" />
          <Radio value="all" label="Everything" />
        </Group>
      </Radio.Group>
      {kind !== 'all' && (
        <TextInput
          label={`Name of the ${kind}`}
          value={name}
          maxLength={48}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
      )}
      <TextInput
        label="Reason"
        value={reason}
        maxLength={200}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
      />
      <Group>
        <Confirm
          verb="Freeze"
          change={change}
          order={{ path: '/v1/freeze', body: { ...target, ...(reason.trim() && { reason: reason.trim() }) } }}
          word={kind === 'all' ? 'everything' : name.trim() || 'a name'}
        >
          {kind === 'all' ? 'Every task' : `Every task of ${name.trim() || 'it'}`} ends now, and what was
          minted is revoked. Agents are told that it is frozen.
        </Confirm>
        {change.done !== undefined && (
          <Button variant="subtle" onClick={change.reset}>
            Frozen. Freeze something else
          </Button>
        )}
      </Group>
    </Stack>
  )
}

function Lift({ freeze: { target } }: { readonly freeze: Freeze }) {
  const change = useChange()
  const [kind = '', name] = target.split(':')
  const body = name === undefined ? { all: true } : { [kind]: name }
  return (
    <Confirm verb="Lift" size="compact-sm" change={change} order={{ path: '/v1/unfreeze', body }}>
      Agents may start tasks there again. What the freeze ended stays ended.
    </Confirm>
  )
}
