import { Alert, Button, Collapse, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../../api/call.ts'
import { queryClient } from '../../api/queries.ts'
import { forget, remember, type Started } from '../../api/session.ts'
import { type Me, useMe } from '../../session/me.ts'
import { takeNext } from '../../session/next-page.ts'
import { addPasskey, signIn } from '../../session/passkeys.ts'
import { leaveForSso, offersSso } from '../../session/sso.ts'
import { useWork } from '../../session/use-work.ts'
import { Problem } from '../../ui/problem.tsx'
import { Outside } from './outside.tsx'

export default function Login() {
  const [, navigate] = useLocation()
  const { data: me, refetch } = useMe()
  const { busy, error, run } = useWork()
  const [recovering, setRecovering] = useState(false)
  const [done, setDone] = useState(false)
  const accepted = me?.session?.method === 'recovery'
  const enter = async () => {
    remember(await signIn())
    queryClient.clear()
    navigate(takeNext(), { replace: true })
  }
  return (
    <Outside title="Sign in">
      {done && (
        <Alert color="green" role="status">
          The new passkey is registered. Sign in with it.
        </Alert>
      )}
      {accepted && (
        <Alert role="status">Your recovery code was accepted. Register a new passkey below.</Alert>
      )}
      <Stack gap="sm">
        <Button onClick={() => run(enter)} loading={busy}>
          Sign in with a passkey
        </Button>
        {offersSso && (
          <Button variant="default" onClick={() => run(leaveForSso)} disabled={busy}>
            Sign in with single sign-on
          </Button>
        )}
        <Button
          variant="subtle"
          aria-expanded={recovering || accepted}
          onClick={() => setRecovering(!recovering)}
        >
          Use a recovery code
        </Button>
      </Stack>
      <Collapse expanded={recovering || accepted}>
        <Recovery
          accepted={accepted}
          onAccepted={() => void refetch()}
          onDone={() => {
            setDone(true)
            setRecovering(false)
          }}
        />
      </Collapse>
      <Problem error={error} />
    </Outside>
  )
}

interface RecoveryProps {
  readonly accepted: boolean
  readonly onAccepted: () => void
  readonly onDone: () => void
}

/** A code is used up at once; where the passkey then fails, the session that it began still waits for one. */
function Recovery({ accepted, onAccepted, onDone }: RecoveryProps) {
  const [code, setCode] = useState('')
  const { busy, error, run } = useWork()
  const recover = async () => {
    if (!accepted) {
      remember(await call<Started>('/v1/sessions/recovery', { method: 'POST', body: { code } }))
      setCode('')
      onAccepted()
    }
    await addPasskey('Passkey')
    forget()
    queryClient.setQueryData<Me>(['/v1/whoami', '/v1/whoami', {}], undefined)
    queryClient.clear()
    onDone()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        run(recover)
      }}
    >
      <Stack gap="sm">
        {!accepted && (
          <TextInput
            label="Recovery code"
            value={code}
            required
            maxLength={60}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={({ currentTarget }) => setCode(currentTarget.value)}
          />
        )}
        <Button type="submit" variant="default" loading={busy}>
          Register a new passkey{accepted ? '' : ' with it'}
        </Button>
        <Problem error={error} />
      </Stack>
    </form>
  )
}
