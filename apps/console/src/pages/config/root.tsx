import type { RootView } from '@credbroker/core/wire/admin'
import { List, Title } from '@mantine/core'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Time, useNow } from '../../ui/time.tsx'
import { State } from '../../ui/words.tsx'
import { EditObject } from './edit-object.tsx'
import { ROOT_FORM, rootDocument } from './forms.ts'
import { ENVIRONMENTS, ROOTS, SCOPES, USERS } from './kinds.ts'
import { LastUse } from './last-use.tsx'
import { Leaked } from './leaked.tsx'
import { NameLink, NameLinks } from './names.tsx'
import { ObjectDetail } from './object-detail.tsx'
import { Related } from './related.tsx'
import { RootActions } from './root-actions.tsx'
import { Findings, Recovery } from './root-parts.tsx'
import { attention, STATE_WORDS } from './root-words.ts'

export default function Root({ params: { name } }: { readonly params: { readonly name: string } }) {
  return (
    <ObjectDetail<RootView>
      kind={ROOTS}
      name={name}
      actions={(view) => (
        <>
          <RootActions view={view} />
          <EditObject kind={ROOTS} view={view} form={ROOT_FORM} document={rootDocument(view)} />
        </>
      )}
      notice={(view) => <Leaked of={view} />}
      facts={(view) => ({
        Fit: (
          <>
            <State>{view.state}</State> {STATE_WORDS[view.state]}
          </>
        ),
        'Look at it': <Attention of={view} />,
        Provider: view.provider,
        Environments: <NameLinks of={ENVIRONMENTS} names={view.environments} />,
        Owner: <NameLink of={USERS} name={view.owner} />,
        'Service that needs it': view.service !== undefined && <ForeignText>{view.service}</ForeignText>,
        'On call': view.on_call !== undefined && <ForeignText>{view.on_call}</ForeignText>,
        'Who it is at the vendor': <ForeignText>{view.identity}</ForeignText>,
        Stored: <Time at={view.added_at} />,
        Checked: <Time at={view.checked_at} />,
        'Last used': <LastUse at={view.last_used_at} />,
        Version: `${view.version}, of the credential`,
        'Keyed fingerprint': <code>{view.fingerprint}</code>,
        'The broker can': canWords(view.capabilities),
        'A new credential':
          view.source === 'files' ? (
            <>
              is put where <code>secret</code> in broker.yaml says; then{' '}
              <code>broker apply --renew {view.name}</code>
            </>
          ) : (
            'is handed in here, or with broker root replace'
          ),
      })}
    >
      {(view) => (
        <>
          <Title order={2} mt="lg" mb="sm">
            Findings
          </Title>
          <Findings of={view.findings} />
          <Title order={2} mt="lg" mb="sm">
            What it reaches
          </Title>
          <Reach of={view.reach} />
          {view.unclaimed.length > 0 && (
            <>
              <Title order={2} mt="lg" mb="sm">
                Reached, and claimed by no environment
              </Title>
              <Reach of={view.unclaimed} />
            </>
          )}
          <Title order={2} mt="lg" mb="sm">
            How it would be got back
          </Title>
          <Recovery of={view.recovery} />
          <Title order={2} mt="lg" mb="sm">
            Scopes that use it
          </Title>
          <Related
            of={SCOPES}
            field="root"
            name={name}
            none="None: no agent can ask for anything of it yet."
          />
        </>
      )}
    </ObjectDetail>
  )
}

function Attention({ of }: { readonly of: RootView }) {
  const words = attention(of, useNow(60_000))
  if (words.length === 0) return 'nothing stands out'
  return words.map((word) => <State key={word}>{word}</State>)
}

const CAN: Readonly<Record<RootView['capabilities'][number], string>> = {
  revoke: 'revoke what it minted',
  sweep: 'find and end what was left over',
  rotate: 'make a new credential',
  retire: 'end a former one',
}

const canWords = (capabilities: RootView['capabilities']): string =>
  capabilities.map((one) => CAN[one]).join(', ') || 'use it'

const Reach = ({ of }: { readonly of: readonly string[] }) => (
  <List size="sm">
    {of.map((place) => (
      <List.Item key={place}>
        <ForeignText>{place}</ForeignText>
      </List.Item>
    ))}
  </List>
)
