import { Anchor, Button, Group, Text } from '@mantine/core'
import { Link } from 'wouter'
import { useList, useOne } from '../../api/queries.ts'
import { type AuditItem, answeredBy, resultOf } from '../../ui/audit-event.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Choice, Filters, NameFilter, useFilters } from '../../ui/filters.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Found } from '../../ui/found.tsx'
import { Page } from '../../ui/page.tsx'
import { save } from '../../ui/save.ts'
import { exactTime } from '../../ui/time.tsx'
import { State } from '../../ui/words.tsx'

const GROUPS = [
  'task',
  'grant',
  'lease',
  'gateway',
  'approval',
  'token',
  'agent',
  'user',
  'passkey',
  'session',
  'environment',
  'root',
  'scope',
  'policy',
  'config',
  'freeze',
  'break-glass',
  'leak',
  'finding',
  'audit',
  'broker',
]

interface Checkpoint {
  readonly size: number
  readonly name: string
  readonly sinks: readonly string[]
}

/** The log: searched, live, and how far it is signed. */
export default function Audit() {
  const { values, set } = useFilters([
    'type',
    'actor',
    'owner',
    'environment',
    'scope',
    'task',
    'lease',
    'result',
  ])
  const rows = useList<AuditItem>('/v1/audit/events', values)
  const answered = answeredBy(rows.items)
  const checkpoint = useOne<Checkpoint>('/v1/audit/checkpoint')
  return (
    <Page
      title="Audit"
      lead="Everything that was decided, minted, called, revoked or changed. Newest first, and live."
      actions={
        <Button
          variant="default"
          disabled={rows.items.length === 0}
          onClick={() =>
            save(
              'audit.jsonl',
              'application/jsonl',
              rows.items.map((item) => `${JSON.stringify(item)}\n`).join(''),
            )
          }
        >
          Export what is shown
        </Button>
      }
    >
      <Text size="sm" c="dimmed" mb="sm">
        {checkpoint.data
          ? `Signed up to entry ${checkpoint.data.size - 1} as ${checkpoint.data.name}, ${
              checkpoint.data.sinks.length > 0 ? 'and kept outside the database' : 'kept in the database only'
            }.`
          : 'Nothing is signed yet.'}{' '}
        A proof that nobody trusts us for: <code>broker audit export</code>, then{' '}
        <code>broker audit verify</code>.
      </Text>
      <Filters>
        <Choice label="About" value={values.type} of={GROUPS} onChange={(to) => set('type', to)} />
        <Choice
          label="Result"
          value={values.result}
          of={['ok', 'denied', 'failed', 'unknown']}
          onChange={(to) => set('result', to)}
        />
        <NameFilter label="Who" value={values.actor} onChange={(to) => set('actor', to)} />
        <NameFilter label="For whom" value={values.owner} onChange={(to) => set('owner', to)} />
        <NameFilter
          label="Environment"
          value={values.environment}
          onChange={(to) => set('environment', to)}
        />
        <NameFilter label="Scope" value={values.scope} onChange={(to) => set('scope', to)} />
        <NameFilter label="Task" value={values.task} onChange={(to) => set('task', to)} />
        <NameFilter label="Lease" value={values.lease} onChange={(to) => set('lease', to)} />
      </Filters>
      <DataTable<AuditItem>
        label="Entries of the log"
        rows={rows}
        keyOf={({ index }) => String(index)}
        empty={<Empty title="No entry is like this">Take a filter away, or look at another time.</Empty>}
        columns={[
          { title: 'Entry', width: '5rem', cell: ({ index }) => index, wide: true },
          { title: 'When', width: '11rem', cell: ({ event }) => exactTime(event.at) },
          {
            title: 'What',
            width: 'minmax(9rem, 1fr)',
            cell: (item) => {
              const result = resultOf(item, answered)
              return (
                <Group gap={6}>
                  {item.event.type} {result !== undefined && <State>{result}</State>}
                </Group>
              )
            },
          },
          {
            title: 'Who',
            width: 'minmax(7rem, 1fr)',
            cell: ({ event: { actor, sub } }) => (
              <>
                {actor.kind} {actor.id}
                {sub !== undefined && (
                  <Text size="xs" c="dimmed">
                    for {sub}
                  </Text>
                )}
              </>
            ),
          },
          {
            title: 'About',
            width: 'minmax(10rem, 2fr)',
            cell: ({ event, event: { task, scope, environment, approval, lease, code, reason } }) => (
              <Text size="xs" component="div">
                {[environment, scope, code].filter(Boolean).join(' · ')}
                <Found event={event} />
                {reason !== undefined && (
                  <div>
                    <ForeignText limit={160}>{reason}</ForeignText>
                  </div>
                )}
                <Group gap="sm">
                  {task !== undefined && (
                    <Anchor component={Link} href={`/tasks/${task}`} size="xs">
                      task
                    </Anchor>
                  )}
                  {lease !== undefined && (
                    <Anchor component={Link} href={`/audit?lease=${lease}`} size="xs">
                      lease
                    </Anchor>
                  )}
                  {approval !== undefined && (
                    <Anchor component={Link} href={`/approvals/${approval}`} size="xs">
                      approval
                    </Anchor>
                  )}
                </Group>
              </Text>
            ),
          },
        ]}
      />
    </Page>
  )
}
