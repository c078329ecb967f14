import { Alert, Anchor, Button, Group, Loader, Text } from '@mantine/core'
import { IconAlertTriangle, IconHourglass } from '@tabler/icons-react'
import { useEffect, useEffectEvent } from 'react'
import { Link } from 'wouter'
import { Refused } from '../api/call.ts'
import type { Change } from '../api/change.ts'
import { useOne } from '../api/queries.ts'

/** What went wrong, in the broker's own words, with what to do next. */
export function Problem({
  error,
  retry,
}: {
  readonly error: Error | null | undefined
  readonly retry?: () => void
}) {
  if (!error) return null
  const refused = error instanceof Refused ? error : undefined
  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle />} title={error.message} my="md">
      {refused?.todo && <Text size="sm">{refused.todo}</Text>}
      {refused?.requestId && (
        <Text size="xs" c="dimmed">
          Request {refused.requestId}
        </Text>
      )}
      {retry && (
        <Button size="xs" mt="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  )
}

/** How a change goes: what was refused, or who has to approve it first. Goes on by itself once they have. */
export function ChangeStatus<Answer>({ change }: { readonly change: Change<Answer> }) {
  return (
    <>
      <Problem error={change.error} />
      {change.waits && <WaitsFor id={change.waits.approval.id} resume={change.waits.resume} />}
    </>
  )
}

function WaitsFor({ id, resume }: { readonly id: string; readonly resume: () => void }) {
  const { data } = useOne<{ state: string; reason: string }>(`/v1/approvals/${id}`, { everyMs: 3000 })
  const state = data?.state ?? 'pending'
  const goOn = useEffectEvent(resume)
  useEffect(() => {
    if (state === 'approved') goOn()
  }, [state])
  if (state === 'denied' || state === 'expired' || state === 'cancelled')
    return <Problem error={new Error(`Nothing was changed: the approval is ${state}`)} />
  return (
    <Alert role="status" color="yellow" icon={<IconHourglass />} title="A person has to approve this first">
      <Group gap="xs">
        {state === 'pending' && <Loader size="xs" aria-hidden />}
        <Text size="sm">
          It goes through by itself once they have.{' '}
          <Anchor component={Link} href={`/approvals/${id}`}>
            See the question
          </Anchor>
        </Text>
      </Group>
    </Alert>
  )
}
