import type { environmentView } from '@credbroker/core/wire/admin'
import { Anchor, List, Title } from '@mantine/core'
import { Link } from 'wouter'
import type { z } from 'zod'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Time } from '../../ui/time.tsx'
import { Tier } from '../../ui/words.tsx'
import { EditObject } from './edit-object.tsx'
import { ENVIRONMENT_FORM, environmentDocument } from './forms.ts'
import { AGENTS, ENVIRONMENTS, SCOPES } from './kinds.ts'
import { NameLink, NameLinks } from './names.tsx'
import { ObjectDetail } from './object-detail.tsx'
import { RecordLink } from './record-link.tsx'
import { Related } from './related.tsx'

type View = z.infer<typeof environmentView>

export default function Environment({ params: { name } }: { readonly params: { readonly name: string } }) {
  return (
    <ObjectDetail<View>
      kind={ENVIRONMENTS}
      name={name}
      actions={(view) => (
        <EditObject
          kind={ENVIRONMENTS}
          view={view}
          form={ENVIRONMENT_FORM}
          document={environmentDocument(view)}
        />
      )}
      facts={({ tier, anchors, backups, recovery_group }) => ({
        Tier: <Tier>{tier}</Tier>,
        'Claims at vendors':
          anchors.length === 0 ? 'nothing: no root reaches anything in it' : <Anchors of={anchors} />,
        'Backups are in': <NameLinks of={ENVIRONMENTS} names={backups} none="no environment of the broker" />,
        'Recovery group': `${recovery_group}: no task may destroy on more than one side of it`,
        Record: <RecordLink of="environment" name={name} />,
      })}
    >
      {({ break_glass }) => (
        <>
          <Broken of={break_glass} />
          <Title order={2} mt="lg" mb="sm">
            Scopes in it
          </Title>
          <Related of={SCOPES} field="environment" name={name} none="None yet." />
        </>
      )}
    </ObjectDetail>
  )
}

const Anchors = ({ of }: { readonly of: View['anchors'] }) => (
  <List size="sm">
    {of.map(({ vendor, id, shared }) => (
      <List.Item key={`${vendor} ${id}`}>
        {vendor} <ForeignText>{id}</ForeignText>
        {shared && ', shared with other environments'}
      </List.Item>
    ))}
  </List>
)

function Broken({ of }: { readonly of: View['break_glass'] }) {
  if (of.length === 0) return null
  return (
    <section>
      <Title order={2} mt="lg" mb="sm">
        Break-glass in force
      </Title>
      <List>
        {of.map(({ id, agent, by, reason, ends_at }) => (
          <List.Item key={id}>
            Policy gives way for <NameLink of={AGENTS} name={agent} />, by {by}:{' '}
            <ForeignText>{reason}</ForeignText> (ends <Time at={ends_at} />
            ).{' '}
            <Anchor component={Link} href="/freeze">
              End it
            </Anchor>
          </List.Item>
        ))}
      </List>
    </section>
  )
}
