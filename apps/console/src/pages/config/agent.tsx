import type { agentView } from '@credbroker/core/wire/admin'
import { List, Title } from '@mantine/core'
import type { z } from 'zod'
import { DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Time } from '../../ui/time.tsx'
import { AgentTasks } from './agent-tasks.tsx'
import { durationText } from './duration-text.ts'
import { EditObject } from './edit-object.tsx'
import { AGENT_FORM, agentDocument } from './forms.ts'
import { Invite } from './invite.tsx'
import { AGENTS, ISSUERS, TEAMS, USERS } from './kinds.ts'
import { NameLink, NameLinks } from './names.tsx'
import { ObjectDetail } from './object-detail.tsx'

type View = z.infer<typeof agentView>

export default function Agent({ params: { name } }: { readonly params: { readonly name: string } }) {
  return (
    <ObjectDetail<View>
      kind={AGENTS}
      name={name}
      actions={(view) => (
        <>
          <Invite kind={AGENTS} view={view} />
          <EditObject kind={AGENTS} view={view} form={AGENT_FORM} document={agentDocument(view)} />
        </>
      )}
      facts={({ owner, teams, tool, model, max_task_seconds }) => ({
        Owner: <NameLink of={USERS} name={owner} />,
        Teams: <NameLinks of={TEAMS} names={teams} />,
        Tool: tool !== undefined && <ForeignText>{tool}</ForeignText>,
        Model: model !== undefined && <ForeignText>{model}</ForeignText>,
        'A task lasts at most': durationText(max_task_seconds),
      })}
    >
      {({ keys, trust }) => (
        <>
          <Title order={2} mt="lg" mb="sm">
            Keys
          </Title>
          <Keys of={keys} />
          <Title order={2} mt="lg" mb="sm">
            By the word of its platform
          </Title>
          <Trust of={trust} />
          <Title order={2} mt="lg" mb="sm">
            Its last tasks
          </Title>
          <AgentTasks agent={name} />
        </>
      )}
    </ObjectDetail>
  )
}

const Keys = ({ of }: { readonly of: View['keys'] }) => (
  <DataTable
    label="Keys"
    rows={{ items: of, isPending: false, error: null, refetch: () => undefined }}
    keyOf={({ jkt }) => jkt}
    empty={
      <Empty title="No key">
        Invite the agent: with the one-time token, its machine makes a key that never leaves it.
      </Empty>
    }
    columns={[
      {
        title: 'Thumbprint',
        width: 'minmax(10rem, 2fr)',
        cell: ({ jkt }) => <code>{jkt}</code>,
      },
      { title: 'Lent by', width: '9rem', cell: ({ lent_by }) => lent_by ?? 'nobody: enrolled', wide: true },
      { title: 'Since', width: '8rem', cell: ({ created_at }) => <Time at={created_at} /> },
      { title: 'Ends', width: '8rem', cell: ({ ends_at }) => <Time at={ends_at} /> },
    ]}
  />
)

const Trust = ({ of }: { readonly of: View['trust'] }) =>
  of.length === 0 ? (
    <p>No platform vouches for it: it needs a key of its own.</p>
  ) : (
    <List>
      {of.map((rule) => (
        <List.Item key={JSON.stringify(rule)}>
          Whoever <NameLink of={ISSUERS} name={rule.issuer} /> says is
          <pre>
            <ForeignText lines>{JSON.stringify(rule.claims, undefined, 2)}</ForeignText>
          </pre>
          {rule.environments && `in ${Object.values(rule.environments).join(', ')} only`}
          {rule.max_task_seconds !== undefined && `, for at most ${durationText(rule.max_task_seconds)}`}
        </List.Item>
      ))}
    </List>
  )
