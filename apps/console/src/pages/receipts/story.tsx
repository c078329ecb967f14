import type { ReceiptSummary } from '@credbroker/core/wire/receipts'
import { Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Facts } from '../../ui/facts.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { exactTime } from '../../ui/time.tsx'
import { Workplace } from '../../ui/workplace.tsx'
import { Approvals, Calls, Credentials, Denials, Destroyed, Grants } from './story-parts.tsx'

const when = (time: string | undefined) => time && exactTime(time)

/** What a receipt says, in the order in which somebody who reviews an incident asks. */
export function Story({ summary }: { readonly summary: ReceiptSummary }) {
  const { task, destroyed, calls, credentials, grants, approvals, denials, unknown, checkpoint } = summary
  return (
    <>
      <Facts
        of={{
          Task: <code>{task.id}</code>,
          Agent: task.agent,
          Owner: task.owner,
          'Tool and model': (task.tool ?? task.model) !== undefined && (
            <ForeignText>{[task.tool, task.model].filter(Boolean).join(', ')}</ForeignText>
          ),
          Environment: [task.environment, task.tier].filter(Boolean).join(', '),
          'Purpose (claimed)': task.purpose !== undefined && (
            <ForeignText claimed>{task.purpose}</ForeignText>
          ),
          'Ticket (claimed)': task.ticket !== undefined && <ForeignText claimed>{task.ticket}</ForeignText>,
          'Where it worked (claimed)': task.scan !== undefined && (
            <Workplace scan={task.scan} sandbox={task.sandbox} allowed={task.allowed_findings} />
          ),
          Token: `${task.token_type}${task.key ? `, bound to the key ${task.key}` : ''}`,
          Started: when(task.started_at),
          Ended: task.ended_at && `${exactTime(task.ended_at)}, ${task.end_reason ?? ''}`,
        }}
      />
      <Part title="What was destroyed" none="Nothing." count={destroyed.length}>
        <Destroyed items={destroyed} />
      </Part>
      <Part title="Calls" none="None through the gateway." count={calls.length}>
        <Calls items={calls} />
      </Part>
      <Part title="Credentials" none="None was minted." count={credentials.length}>
        <Credentials items={credentials} />
      </Part>
      <Part title="Approvals" none="Nobody was asked." count={approvals.length}>
        <Approvals items={approvals} />
      </Part>
      <Part title="Grants" none="Nothing was granted." count={grants.length}>
        <Grants items={grants} />
      </Part>
      <Part title="Denials" none="Nothing was denied." count={denials.length}>
        <Denials items={denials} />
      </Part>
      {unknown.length > 0 && (
        <Part title="Nobody knows" none="" count={unknown.length}>
          <ul>
            {unknown.map(({ index, at, type }) => (
              <li key={index}>
                {type} of {exactTime(at)} was announced, and its outcome never came (entry {index})
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Title order={2} mt="lg" mb="xs">
        What proves it
      </Title>
      <Facts
        of={{
          'Entries of the log': summary.records,
          'In the tree of': `${checkpoint.size} entries, signed as ${checkpoint.origin}`,
          'That none is left out':
            summary.complete_before === undefined
              ? 'is not said yet: the task has no closing entry'
              : `is said by the log itself, before entry ${summary.complete_before}`,
        }}
      />
    </>
  )
}

interface PartProps {
  readonly title: string
  readonly none: string
  readonly count: number
  readonly children: ReactNode
}

const Part = ({ title, none, count, children }: PartProps) => (
  <section>
    <Title order={2} mt="lg" mb="xs">
      {title}
    </Title>
    {count === 0 ? none : children}
  </section>
)
