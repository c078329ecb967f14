import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { Alert, Anchor, Title } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link } from 'wouter'
import { Facts } from '../../ui/facts.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { inert } from '../../ui/inert.ts'
import { exactTime } from '../../ui/time.tsx'
import { Access, Tier } from '../../ui/words.tsx'
import { WorkplaceOfTask } from '../tasks/workplace-of.tsx'
import {
  type AskedRequest,
  backupsOf,
  does,
  exactly,
  list,
  otherFacts,
  personOf,
  whoIsMissing,
} from './approval-words.ts'

/** Where, by whom, why and for how long. What somebody merely claims is marked as such. */
export function WhoAsks({ view }: { readonly view: ApprovalView }) {
  const { environment, tier, work, requester, reason, policies, level, scope } = view
  const claim = (text: string | undefined) => text !== undefined && <ForeignText claimed>{text}</ForeignText>
  return (
    <Facts
      of={{
        Environment: (
          <>
            {inert(environment)} {tier && <Tier>{tier}</Tier>}
          </>
        ),
        'Asked by': work
          ? `${inert(work.agent)}, an agent of ${inert(work.owner)}`
          : inert(personOf(requester)),
        Task: work && (
          <Anchor component={Link} href={`/tasks/${work.task}`} ff="monospace" size="sm">
            {work.task}
          </Anchor>
        ),
        Scope: work && <code>{inert(work.scope)}</code>,
        'Purpose (claimed)': claim(work?.claimed.purpose),
        'Ticket (claimed)': claim(work?.claimed.ticket),
        'Tool (claimed)': claim(work?.claimed.tool),
        'Model (claimed)': claim(work?.claimed.model),
        'Where it works (claimed)': work && <WorkplaceOfTask id={work.task} />,
        'What you allow': scope && (
          <Alert color="red" p="xs" icon={<IconAlertTriangle />}>
            Anything in {inert(work?.scope ?? 'this scope')} until {exactTime(scope.until)}:{' '}
            {does(scope.access)}. {scope.renewals} renewals of the credential so far.
          </Alert>
        ),
        'Why a person is asked': (
          <>
            <ForeignText>{reason}</ForeignText> {policies.length > 0 && <code>{list(policies)}</code>}
          </>
        ),
        'Takes two': level === 'two-person' && whoIsMissing(view),
      }}
    />
  )
}

/** What one call does, to what, what goes with it, and exactly what would be sent. */
export function Asked({
  request,
  at,
  of,
}: {
  readonly request: AskedRequest
  readonly at: number
  readonly of: number
}) {
  const { access, reversible, anchors, environments, touches, erases, facts, used_at } = request
  return (
    <section aria-label={of > 1 ? `Call ${at + 1} of ${of}` : 'The call'}>
      <Title order={3} size="h4" mb="xs">
        {of > 1 ? `Call ${at + 1} of ${of}` : 'What exactly'}
      </Title>
      {!reversible && (
        <Alert color="red" p="xs" mb="xs" icon={<IconAlertTriangle />}>
          This cannot be undone
          {erases.includes('backup') && `. With it goes ${backupsOf(facts)}`}
        </Alert>
      )}
      <Facts
        of={{
          Does: (
            <>
              <Access levels={access} /> {does(access)}
            </>
          ),
          Undo: reversible && 'possible at the vendor',
          Touches: <ForeignText>{anchors.join(', ') || 'nothing'}</ForeignText>,
          In: `${list(environments)}; the side: ${list(touches)}`,
          ...Object.fromEntries(
            otherFacts(facts).map(([name, value]) => [name, <ForeignText key={name}>{value}</ForeignText>]),
          ),
          Used: used_at && exactTime(used_at),
        }}
      />
      <pre>
        <ForeignText lines limit={6000}>
          {exactly(request)}
        </ForeignText>
      </pre>
    </section>
  )
}

export const Changes = ({ lines }: { readonly lines: readonly string[] }) => (
  <section>
    <Title order={3} size="h4" mb="xs">
      What would change
    </Title>
    <pre>
      <ForeignText lines limit={20_000}>
        {lines.join('\n')}
      </ForeignText>
    </pre>
  </section>
)

/** What losing it would cost, and how one would come back. */
export function Loss({ loss }: { readonly loss: NonNullable<ApprovalView['loss']> }) {
  const text = (value: string | undefined) => value !== undefined && <ForeignText>{value}</ForeignText>
  return (
    <section>
      <Title order={3} size="h4" mb="xs">
        If it is lost
      </Title>
      <Facts
        of={{
          'Service that would stop': text(loss.service),
          'On call': text(loss.on_call),
          'Backups are at': text(loss.backups),
          'Under whose authority': text(loss.authority),
          'Last restore test': text(loss.last_restore_test ?? 'none on record'),
        }}
      />
    </section>
  )
}
