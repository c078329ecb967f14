import { Button, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { remember } from '../../api/session.ts'
import { takeNext } from '../../session/next-page.ts'
import { setUp } from '../../session/passkeys.ts'
import { setupCode } from '../../session/setup-code.ts'
import { useWork } from '../../session/use-work.ts'
import { Problem } from '../../ui/problem.tsx'
import { Codes } from './codes.tsx'
import { Outside } from './outside.tsx'

/** Opened by a setup link: `/setup#<code>`. What follows `#` never reaches a server by itself. */
export default function Setup() {
  const [name, setName] = useState('Passkey')
  const [made, setMade] = useState<Awaited<ReturnType<typeof setUp>>>()
  const [, navigate] = useLocation()
  const { busy, error, run } = useWork()
  if (made)
    return (
      <Outside title="Keep these codes">
        <Text>
          You are signed in as <strong>{made.user}</strong>. These codes let you in once each if you lose your
          passkeys. They are not shown again: print them, or keep them where your passkeys are not.
        </Text>
        <Codes codes={made.recovery_codes} />
        <Button onClick={() => navigate(takeNext(), { replace: true })}>I have kept them</Button>
      </Outside>
    )
  if (setupCode === '')
    return (
      <Outside title="Set up your account">
        <Problem
          error={
            new Error(
              'There is no code in this link. Open it as you were given it, up to its last character.',
            )
          }
        />
      </Outside>
    )
  const create = async () => {
    const started = await setUp(setupCode, name)
    remember(started)
    setMade(started)
  }
  return (
    <Outside title="Set up your account">
      <Text>
        This registers your first passkey. The link works once; if it was used before, and not by you, tell an
        administrator now: using it again removes what the first use made.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          run(create)
        }}
      >
        <TextInput
          label="A name for this passkey"
          value={name}
          maxLength={60}
          required
          autoComplete="off"
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          mb="md"
        />
        <Button type="submit" loading={busy} fullWidth>
          Create a passkey
        </Button>
      </form>
      <Problem error={error} />
    </Outside>
  )
}
