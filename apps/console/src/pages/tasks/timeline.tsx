import { Button, Timeline as Line, Loader, Text } from '@mantine/core'
import { useList } from '../../api/queries.ts'
import { type AuditItem, answeredBy, resultOf } from '../../ui/audit-event.ts'
import { Empty } from '../../ui/empty.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Found } from '../../ui/found.tsx'
import { Problem } from '../../ui/problem.tsx'
import { exactTime } from '../../ui/time.tsx'
import { Access, State } from '../../ui/words.tsx'

/** All that the log says of a task, newest first. */
export function Timeline({ task }: { readonly task: string }) {
  const { items, isPending, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } =
    useList<AuditItem>('/v1/audit/events', { task }, 50)
  const answered = answeredBy(items)
  if (isPending) return <Loader aria-label="Reading what happened" />
  if (items.length === 0 && !error)
    return <Empty title="Nothing yet">What happens is numbered within a second, and then appears here.</Empty>
  return (
    <>
      <Problem error={error} retry={() => void refetch()} />
      <Line bulletSize={14} lineWidth={2}>
        {items.map((item) => (
          <Line.Item
            key={item.index}
            title={
              <>
                {item.event.type} <Result item={item} answered={answered} />
              </>
            }
          >
            <What item={item} />
          </Line.Item>
        ))}
      </Line>
      {hasNextPage && (
        <Button
          variant="default"
          size="compact-sm"
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          Earlier
        </Button>
      )}
    </>
  )
}

function Result({ item, answered }: { readonly item: AuditItem; readonly answered: ReadonlySet<string> }) {
  const result = resultOf(item, answered)
  return result === undefined ? null : <State>{result}</State>
}

function What({ item: { index, event } }: { readonly item: AuditItem }) {
  const { at, actor, scope, access = [], code, reason, facts } = event
  const operation = facts?.['operation']
  return (
    <Text size="sm" c="dimmed" component="div">
      <div>
        {exactTime(at)} · {actor.kind} {actor.id}
        {scope !== undefined && ` · ${scope}`} {access.length > 0 && <Access levels={access} />} · entry{' '}
        {index}
      </div>
      <Found event={event} />
      {typeof operation === 'string' && (
        <div>
          <ForeignText>{operation}</ForeignText>
        </div>
      )}
      {(code !== undefined || reason !== undefined) && (
        <div>
          {code !== undefined && <code>{code}</code>}{' '}
          {reason !== undefined && <ForeignText>{reason}</ForeignText>}
        </div>
      )}
    </Text>
  )
}
