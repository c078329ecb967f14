import { Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { confirmed } from '../../api/change.ts'
import { useWork } from '../../session/use-work.ts'
import { Facts } from '../../ui/facts.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { exactTime } from '../../ui/time.tsx'

interface Asking {
  readonly client: string
  readonly host?: string
  readonly address?: string
  readonly browser?: string
  readonly same_address: boolean
  readonly key: string
  readonly asked_at: string
  readonly ends_at: string
  readonly principal: string
  readonly roles: string[]
  readonly key_seconds: number
}

/** A person types the code that a machine shows, sees which machine that is, and says yes or no. Nothing else decides. */
export default function Device() {
  const [code, setCode] = useState('')
  const [found, setFound] = useState<{ readonly asking: Asking; readonly user_code: string }>()
  const [said, setSaid] = useState('')
  const { busy, error, run } = useWork()
  const post = <Answer,>(path: string, user_code: string) =>
    call<Answer>(path, { method: 'POST', body: { user_code } })
  const find = async () => setFound({ asking: await post<Asking>('/v1/device', code), user_code: code })
  // What is confirmed is what was shown, whatever stands in the field by then.
  const answer = (verb: 'approve' | 'deny', words: string) => () =>
    run(async () => {
      await confirmed(() => post(`/v1/device/${verb}`, found?.user_code ?? ''))
      setFound(undefined)
      setSaid(words)
    })
  return (
    <Page title="Sign a machine in">
      <Stack gap="md" maw="40rem">
        {said && (
          <Alert role="status" color="green">
            {said}
          </Alert>
        )}
        {!found && !said && (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              run(find)
            }}
          >
            <Text mb="sm">
              Type the code that <code>broker login</code> shows on the machine before you. If somebody sent
              it to you, they want to act as you: close this page.
            </Text>
            <Group align="end">
              <TextInput
                label="Code"
                value={code}
                required
                maxLength={20}
                placeholder="XXXX-XXXX"
                autoComplete="off"
                autoCapitalize="characters"
                spellCheck={false}
                onChange={({ currentTarget }) => setCode(currentTarget.value)}
              />
              <Button type="submit" loading={busy}>
                Continue
              </Button>
            </Group>
          </form>
        )}
        {found && (
          <>
            <Text>Did you start this login, just now, on a machine of yours? Only then approve it.</Text>
            {!found.asking.same_address && (
              <Alert color="red" role="alert">
                It asks from another address than this browser. Be sure that you know why.
              </Alert>
            )}
            <WhoAsks asking={found.asking} />
            <Group>
              <Button
                variant="default"
                disabled={busy}
                onClick={answer('deny', 'Refused. The machine gets nothing.')}
              >
                No, refuse it
              </Button>
              <Button
                disabled={busy}
                onClick={answer('approve', 'Approved. The machine is signed in within seconds.')}
              >
                Yes, sign it in as me
              </Button>
            </Group>
          </>
        )}
        <Problem error={error} />
      </Stack>
    </Page>
  )
}

const WhoAsks = ({ asking }: { readonly asking: Asking }) => (
  <>
    <Title order={2}>Who asks</Title>
    <Facts
      of={{
        'Calls itself': <ForeignText claimed>{asking.host ?? 'A machine without a name'}</ForeignText>,
        'Asks from': `${asking.address ?? 'an address that is not known'}: ${asking.same_address ? 'the same as this browser' : 'another than this browser'}`,
        Program: <ForeignText claimed>{`${asking.client} ${asking.browser ?? ''}`.trim()}</ForeignText>,
        Asked: `${exactTime(asking.asked_at)}; it waits until ${exactTime(asking.ends_at)}`,
        'Its key, which it shows as well': <code>{asking.key}</code>,
      }}
    />
    <Title order={2}>What it gets</Title>
    <Facts
      of={{
        [asking.principal.replace('user:', '')]: 'it acts as you',
        [asking.roles.join(', ') || 'no role']: 'it may do what you may do, except approve',
        [`${asking.key_seconds / 3600} hours`]: 'then it has to ask again',
      }}
    />
  </>
)
