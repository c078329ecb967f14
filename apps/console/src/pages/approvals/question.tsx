import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { Anchor, Group, Loader, Paper, Stack, Text, Title } from '@mantine/core'
import { Link } from 'wouter'
import { useOne } from '../../api/queries.ts'
import { inert } from '../../ui/inert.ts'
import { Problem } from '../../ui/problem.tsx'
import { exactTime, Left } from '../../ui/time.tsx'
import { State } from '../../ui/words.tsx'
import { Answer } from './answer.tsx'
import { headline } from './approval-words.ts'
import { Asked, Changes, Loss, WhoAsks } from './question-parts.tsx'

/** One question, whole, and the two buttons. What is signed is bound to what is shown: the broker hashes both anew. */
export function Question({ id }: { readonly id: string }) {
  const { data: view, error, refetch } = useOne<ApprovalView>(`/v1/approvals/${id}`, { everyMs: 5000 })
  if (!view)
    return error ? <Problem error={error} retry={() => void refetch()} /> : <Loader aria-label="Reading" />
  return (
    <Paper component="article" withBorder p="lg" aria-labelledby="question">
      <Stack gap="md">
        <Anchor component={Link} href="/approvals" size="sm" data-no-print>
          All questions
        </Anchor>
        <div>
          <Group justify="space-between" align="flex-start" gap="xs">
            <Title order={2} id="question">
              {headline(view)}
            </Title>
            <State>{view.state}</State>
          </Group>
          <Text size="sm" c="dimmed" role="timer">
            <Standing view={view} />
          </Text>
        </div>
        <WhoAsks view={view} />
        {view.requests?.map((request, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list of a question never changes its order
          <Asked key={at} request={request} at={at} of={view.requests?.length ?? 1} />
        ))}
        {view.changes && <Changes lines={view.changes} />}
        {view.loss && <Loss loss={view.loss} />}
        <Answer view={view} />
      </Stack>
    </Paper>
  )
}

function Standing({ view: { state, ends_at, usable_until, reason } }: { readonly view: ApprovalView }) {
  switch (state) {
    case 'pending':
      return Date.parse(ends_at) > Date.now() ? (
        <>
          <Left until={ends_at} /> left to answer
        </>
      ) : (
        'Nobody answered in time: it is over.'
      )
    case 'approved':
      return `Approved. It can be used once, until ${usable_until ? exactTime(usable_until) : 'it ends'}.`
    case 'denied':
      return `Denied: ${inert(reason)}`
    case 'used':
      return 'Approved, and used.'
    case 'expired':
      return 'It is over, and cannot be approved any more.'
    case 'cancelled':
      return 'What it is about has changed or ended: it cannot be approved any more.'
  }
}
