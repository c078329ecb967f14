import type { passkeyView, sessionView } from '@credbroker/core/wire/people'
import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { z } from 'zod'
import { call, Waits } from '../../api/call.ts'
import { confirmed, useChange } from '../../api/change.ts'
import { queryClient, useAll } from '../../api/queries.ts'
import { forget } from '../../api/session.ts'
import { nameOf, useMe } from '../../session/me.ts'
import { addPasskey, stepUp } from '../../session/passkeys.ts'
import { useWork } from '../../session/use-work.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { NotifyMe } from '../../ui/notify-me.tsx'
import { Page } from '../../ui/page.tsx'
import { ChangeStatus, Problem } from '../../ui/problem.tsx'
import { Time } from '../../ui/time.tsx'
import { Codes } from './codes.tsx'

type Passkey = z.infer<typeof passkeyView>
type Session = z.infer<typeof sessionView>

/** One's own passkeys, recovery codes and sessions. */
export default function Account() {
  const { data: me } = useMe()
  const [codes, setCodes] = useState<readonly string[]>([])
  const [said, setSaid] = useState('')
  const [, navigate] = useLocation()
  const { busy, error, run } = useWork()
  const doing = (work: () => Promise<string>) => () => run(async () => setSaid(await work()))

  const newCodes = async () => {
    const made = await confirmed(() =>
      call<{ recovery_codes: string[] }>('/v1/recovery-codes', { method: 'POST' }),
    )
    setCodes(made.recovery_codes)
    return 'Earlier codes are void. These are not shown again.'
  }
  const add = async () => {
    await confirmed(() => addPasskey('Passkey'))
    await queryClient.invalidateQueries({ queryKey: ['/v1/passkeys'] })
    return 'The passkey is registered.'
  }
  const confirm = async () => {
    await stepUp()
    return 'Confirmed. For five minutes, what is dangerous goes through.'
  }
  const signOut = async () => {
    await call('/v1/sessions/current', { method: 'DELETE' }).finally(() => {
      forget()
      queryClient.clear()
    })
    navigate('/login', { replace: true })
    return ''
  }
  return (
    <Page title="Your account">
      <Stack gap="lg">
        <Text>
          You are signed in as <strong>{me && nameOf(me)}</strong>. Roles: {me?.roles?.join(', ') || 'none'}.
        </Text>
        <Group gap="sm">
          <Button onClick={doing(add)} disabled={busy}>
            Add a passkey
          </Button>
          <Button variant="default" onClick={doing(newCodes)} disabled={busy}>
            New recovery codes
          </Button>
          <Button variant="default" onClick={doing(confirm)} disabled={busy}>
            Confirm with a passkey
          </Button>
          <NotifyMe />
          <Button variant="default" onClick={doing(signOut)} disabled={busy}>
            Sign out
          </Button>
        </Group>
        {said && (
          <Alert role="status" color="green">
            {said}
          </Alert>
        )}
        <Problem
          error={
            error instanceof Waits ? new Error(`${error.message}: ask an approver, then do it again`) : error
          }
        />
        {codes.length > 0 && <Codes codes={codes} />}
        <Passkeys />
        <Sessions />
      </Stack>
    </Page>
  )
}

function Passkeys() {
  const change = useChange()
  const columns: Column<Passkey>[] = [
    { title: 'Name', width: 'minmax(8rem, 2fr)', cell: ({ name }) => <ForeignText>{name}</ForeignText> },
    {
      title: 'Kind',
      width: '9rem',
      cell: ({ synced }) => (synced ? 'synced' : 'this device only'),
      wide: true,
    },
    { title: 'Used', width: '8rem', cell: ({ used_at, created_at }) => <Time at={used_at ?? created_at} /> },
    {
      title: 'Remove',
      width: '7rem',
      cell: ({ id, name }) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Remove the passkey ${name}`}
          disabled={change.busy}
          onClick={() => change.send({ path: `/v1/passkeys/${id}`, method: 'DELETE' })}
        >
          Remove
        </Button>
      ),
    },
  ]
  return (
    <section>
      <Title order={2} mb="sm">
        Passkeys
      </Title>
      <ChangeStatus change={change} />
      <DataTable
        label="Passkeys"
        columns={columns}
        rows={useAll<Passkey>('/v1/passkeys')}
        keyOf={({ id }) => id}
        empty={<Empty title="No passkey">Add one: without it you cannot come back.</Empty>}
      />
    </section>
  )
}

function Sessions() {
  const change = useChange()
  const columns: Column<Session>[] = [
    {
      title: 'Where',
      width: 'minmax(8rem, 2fr)',
      cell: ({ current, address, browser }) => (
        <>
          {current ? 'This one' : (address ?? 'Somewhere')}
          {browser && (
            <>
              , <ForeignText brief>{browser}</ForeignText>
            </>
          )}
        </>
      ),
    },
    { title: 'By', width: '7rem', cell: ({ method }) => method, wide: true },
    { title: 'Seen', width: '8rem', cell: ({ seen_at }) => <Time at={seen_at} /> },
    {
      title: 'End',
      width: '7rem',
      cell: ({ id, current }) =>
        !current && (
          <Button
            size="compact-sm"
            variant="default"
            disabled={change.busy}
            onClick={() => change.send({ path: `/v1/sessions/${id}`, method: 'DELETE' })}
          >
            End
          </Button>
        ),
    },
  ]
  return (
    <section>
      <Title order={2} mb="sm">
        Sessions
      </Title>
      <ChangeStatus change={change} />
      <DataTable
        label="Sessions"
        columns={columns}
        rows={useAll<Session>('/v1/sessions')}
        keyOf={({ id }) => id}
        empty={<Empty title="No session" />}
      />
    </section>
  )
}
