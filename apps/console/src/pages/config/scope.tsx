import type { scopeView } from '@credbroker/core/wire/admin'
import { Group, List, Title } from '@mantine/core'
import type { z } from 'zod'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Access } from '../../ui/words.tsx'
import { durationText } from './duration-text.ts'
import { EditObject } from './edit-object.tsx'
import { SCOPE_FORM, scopeDocument } from './forms.ts'
import { ENVIRONMENTS, ROOTS, SCOPES } from './kinds.ts'
import { LastUse } from './last-use.tsx'
import { NameLink } from './names.tsx'
import { ObjectDetail } from './object-detail.tsx'
import { RecordLink } from './record-link.tsx'

type View = z.infer<typeof scopeView>

export default function Scope({ params: { name } }: { readonly params: { readonly name: string } }) {
  return (
    <ObjectDetail<View>
      kind={SCOPES}
      name={name}
      actions={(view) => (
        <EditObject kind={SCOPES} view={view} form={SCOPE_FORM} document={scopeDocument(view)} />
      )}
      facts={(view) => ({
        Root: (
          <>
            <NameLink of={ROOTS} name={view.root} />, {view.provider}
          </>
        ),
        Environment: <NameLink of={ENVIRONMENTS} name={view.environment} />,
        Side:
          view.side === 'backup'
            ? 'backup: changes reach copies only'
            : 'primary: changes reach the data itself',
        'Can at most': <Levels of={view.access} />,
        'Declared to be': view.declared_access.length > 0 && <Levels of={view.declared_access} />,
        'Used by': view.connector
          ? `calls that the broker makes, read by the connector ${view.connector}`
          : `a credential that is minted${view.form ? ` (${view.form})` : ''}`,
        'Lasts at most': durationText(view.max_ttl_seconds),
        'Last used': <LastUse at={view.last_used_at} />,
        Record: <RecordLink of="scope" name={view.name} />,
      })}
    >
      {({ evidence, allow }) => (
        <>
          <Title order={2} mt="lg" mb="sm">
            How the broker knows
          </Title>
          <Evidence of={evidence} />
          <Title order={2} mt="lg" mb="sm">
            What it allows
          </Title>
          <pre>
            <ForeignText lines limit={6000}>
              {JSON.stringify(allow, undefined, 2)}
            </ForeignText>
          </pre>
        </>
      )}
    </ObjectDetail>
  )
}

const Levels = ({ of }: { readonly of: readonly string[] }) => (
  <Group gap={4}>
    <Access levels={of} />
  </Group>
)

const Evidence = ({ of }: { readonly of: View['evidence'] }) =>
  of.length === 0 ? (
    <p>Each call is read when it is made: what it does is found out then.</p>
  ) : (
    <List size="sm">
      {of.map(({ access, because }) => (
        <List.Item key={`${access} ${because}`}>
          <Access levels={[access]} /> <ForeignText>{because}</ForeignText>
        </List.Item>
      ))}
    </List>
  )
