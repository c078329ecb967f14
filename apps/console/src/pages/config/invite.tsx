import type { invitation } from '@credbroker/core/wire/admin'
import { Button, Code, CopyButton, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { z } from 'zod'
import { useChange } from '../../api/change.ts'
import { useOne } from '../../api/queries.ts'
import { useRole } from '../../session/me.ts'
import { ChangeStatus } from '../../ui/problem.tsx'
import { Time } from '../../ui/time.tsx'
import { ASKS } from './asks.ts'
import type { ConfigObject, Kind } from './kinds.ts'
import { pathOf } from './object-detail.tsx'

type Invitation = z.infer<typeof invitation>

interface Props {
  readonly kind: Kind
  readonly view: ConfigObject
}

/** A one-time token for an agent, or a link for a person. Shown once: closing it is the end of it. */
export function Invite({ kind, view }: Props) {
  const [open, { open: ask, close }] = useDisclosure(false)
  const may = useRole(kind.collection === 'users' ? 'admin' : 'operator')
  const change = useChange<Invitation>()
  if (!may || view.disabled || view.tampered) return null
  const done = () => {
    close()
    change.reset()
  }
  return (
    <>
      <Button variant="default" onClick={ask}>
        Invite
      </Button>
      <Modal {...ASKS} size="lg" opened={open} onClose={done} title={`Invite ${view.name}`}>
        <Stack gap="md">
          {change.done ? (
            <Once kind={kind} name={view.name} made={change.done} />
          ) : (
            <Text>
              {kind.collection === 'users'
                ? 'Makes a link with which they register a passkey. Whoever opens it first is them: give it to nobody else.'
                : 'Makes a one-time token with which the machine of the agent enrols a key of its own. Whoever uses it first is the agent.'}
            </Text>
          )}
          <ChangeStatus change={change} />
          {!change.done && (
            <Button
              loading={change.busy}
              disabled={change.waits !== undefined}
              onClick={() => change.send({ path: `${pathOf(kind, view.name)}/invitations` })}
            >
              {kind.collection === 'users' ? 'Make the link' : 'Make the token'}
            </Button>
          )}
        </Stack>
      </Modal>
    </>
  )
}

interface OnceProps {
  readonly kind: Kind
  readonly name: string
  readonly made: Invitation
}

const Once = ({ kind, name, made }: OnceProps) => (
  <>
    <Text>
      It is shown once, works once, and ends <Time at={made.ends_at} />
    </Text>
    {kind.collection === 'users' && made.link !== undefined ? (
      <Shown label="The link" text={made.link} />
    ) : (
      <>
        <Shown label="The token" text={made.token} />
        <Enroll name={name} />
      </>
    )}
  </>
)

function Enroll({ name }: Pick<OnceProps, 'name'>) {
  // Programs reach the broker under its own name, which pages may not have: a passkey wants another.
  const { data } = useOne<{ readonly issuer: string }>('/.well-known/oauth-authorization-server')
  return (
    <>
      <Text size="sm">On the machine of the agent, with the token in a file that only it can read:</Text>
      {data && (
        <Shown label="The command" text={`broker enroll --profile ${name} --url ${data.issuer} < token`} />
      )}
    </>
  )
}

const Shown = ({ label, text }: { readonly label: string; readonly text: string }) => (
  <div>
    <Code block aria-label={label}>
      {text}
    </Code>
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button mt="xs" size="compact-sm" variant="default" onClick={copy}>
          {copied ? 'Copied' : `Copy ${label.toLowerCase()}`}
        </Button>
      )}
    </CopyButton>
  </div>
)
