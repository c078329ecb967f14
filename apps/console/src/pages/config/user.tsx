import type { userView } from '@credbroker/core/wire/admin'
import { List, Title } from '@mantine/core'
import type { z } from 'zod'
import { EditObject } from './edit-object.tsx'
import { USER_FORM, userDocument } from './forms.ts'
import { Invite } from './invite.tsx'
import { AGENTS, ROOTS, USERS } from './kinds.ts'
import { ObjectDetail } from './object-detail.tsx'
import { Related } from './related.tsx'

type View = z.infer<typeof userView>

const ROLE_WORDS: Readonly<Record<View['roles'][number], string>> = {
  viewer: 'sees everything but secrets',
  operator: 'stores and rotates roots, ends tasks, freezes',
  approver: 'answers approvals with a passkey',
  admin: 'changes the configuration and invites people; does not approve',
}

export default function User({ params: { name } }: { readonly params: { readonly name: string } }) {
  return (
    <ObjectDetail<View>
      kind={USERS}
      name={name}
      actions={(view) => (
        <>
          <Invite kind={USERS} view={view} />
          <EditObject kind={USERS} view={view} form={USER_FORM} document={userDocument(view)} />
        </>
      )}
      facts={({ roles, invited_by }) => ({
        Roles: <Roles of={roles} />,
        'Invited by': invited_by?.replace(/^user:/, ''),
      })}
    >
      {() => (
        <>
          <Title order={2} mt="lg" mb="sm">
            Agents of theirs
          </Title>
          <Related of={AGENTS} field="owner" name={name} none="They own no agent." />
          <Title order={2} mt="lg" mb="sm">
            Roots that they answer for
          </Title>
          <Related of={ROOTS} field="owner" name={name} none="They own no root." />
        </>
      )}
    </ObjectDetail>
  )
}

const Roles = ({ of }: { readonly of: View['roles'] }) =>
  of.length === 0 ? (
    'none: they see nothing'
  ) : (
    <List size="sm">
      {of.map((role) => (
        <List.Item key={role}>
          {role}: {ROLE_WORDS[role]}
        </List.Item>
      ))}
    </List>
  )
