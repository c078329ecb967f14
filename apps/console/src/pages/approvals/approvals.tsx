import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { SegmentedControl } from '@mantine/core'
import { useSearchParams } from 'wouter'
import { useList } from '../../api/queries.ts'
import { useRole } from '../../session/me.ts'
import { Empty } from '../../ui/empty.tsx'
import { NotifyMe } from '../../ui/notify-me.tsx'
import { Page } from '../../ui/page.tsx'
import classes from './approvals.module.css'
import { Inbox } from './inbox.tsx'
import { Question } from './question.tsx'

const SHOWN = [
  { value: 'pending', label: 'Waiting' },
  { value: '', label: 'All' },
]

interface Props {
  /** The question that is open; none on a narrow screen means the list. */
  readonly params: { readonly id?: string }
}

/** What waits for people, and one question beside it. */
export default function Approvals({ params: { id } }: Props) {
  const [search, setSearch] = useSearchParams()
  const state = search.get('state') ?? 'pending'
  const rows = useList<ApprovalView>('/v1/approvals', { state })
  const approver = useRole('approver')
  return (
    <Page
      title="Approvals"
      lead="Agents and administrators wait here for a person. What you sign is exactly what you see, once."
      actions={
        <>
          {approver && <NotifyMe size="xs" />}
          <SegmentedControl
            size="xs"
            aria-label="Which questions"
            data={SHOWN}
            value={state}
            onChange={(value) => setSearch({ state: value }, { replace: true })}
          />
        </>
      }
    >
      <div className={classes['panes']} data-open={id !== undefined || undefined}>
        <div className={classes['list']}>
          <Inbox
            rows={rows}
            open={id}
            search={search.size > 0 ? `?${search}` : ''}
            empty={
              <Empty title={state === 'pending' ? 'Nothing waits for you' : 'Nobody has asked yet'}>
                When an agent needs a person, its question appears here by itself. Try it: let an agent make a
                call that deletes something, outside a disposable environment. Whoever has the role approver
                answers.
              </Empty>
            }
          />
        </div>
        {id !== undefined && <Question key={id} id={id} />}
      </div>
    </Page>
  )
}
