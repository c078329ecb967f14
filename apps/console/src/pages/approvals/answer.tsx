import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { Alert, Button, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { call } from '../../api/call.ts'
import { useRole } from '../../session/me.ts'
import { useWork } from '../../session/use-work.ts'
import { useKeys } from '../../ui/keys.ts'
import { Problem } from '../../ui/problem.tsx'
import { useNow } from '../../ui/time.tsx'
import classes from './answer.module.css'
import { answerApproval, type Verdict } from './answer-approval.ts'
import { decidedBy } from './approval-words.ts'

/** Yes or no. Whoever may not say it is told why. */
export function Answer({ view }: { readonly view: ApprovalView }) {
  const now = useNow(1000)
  const approver = useRole('approver')
  if (view.state !== 'pending' || Date.parse(view.ends_at) <= now) return null
  if (view.not_yours !== undefined || !approver)
    return <Alert color="gray">{view.not_yours ?? 'Only people with the role approver answer.'}</Alert>
  return <Buttons view={view} />
}

function Buttons({ view }: { readonly view: ApprovalView }) {
  // What was on the screen when it was opened, or when the person said that they have read it again.
  const [read, setRead] = useState(() => decidedBy(view))
  const [reason, setReason] = useState('')
  const reasonField = useRef<HTMLInputElement>(null)
  const client = useQueryClient()
  const { busy, error, run } = useWork()
  const key = ['/v1/approvals', `/v1/approvals/${view.id}`, {}]
  const answer = (verdict: Verdict) =>
    run(async () => {
      const now = await call<ApprovalView>(`/v1/approvals/${view.id}`)
      client.setQueryData(key, now)
      // The broker would refuse what has changed: nobody is asked for their passkey for it.
      if (decidedBy(now) !== read || now.state !== 'pending') return
      client.setQueryData(key, await answerApproval(view.id, verdict, reason.trim() || undefined))
      await client.invalidateQueries({ queryKey: ['/v1/approvals'] })
    })
  const changed = decidedBy(view) !== read
  useKeys({
    ...(!changed && !busy && { a: () => answer('approve') }),
    d: () => reasonField.current?.focus(),
  })
  if (changed)
    return (
      <Alert color="red" role="alert" title="It has changed while you read it">
        <Text size="sm">Read it again from the top.</Text>
        <Button size="xs" mt="xs" variant="default" onClick={() => setRead(decidedBy(view))}>
          I have read it again
        </Button>
      </Alert>
    )
  return (
    <section className={classes['answer']} aria-label="Your answer" data-no-print>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          answer('deny')
        }}
      >
        <TextInput
          ref={reasonField}
          label="Reason, which whoever asks will read"
          value={reason}
          maxLength={500}
          autoComplete="off"
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={busy} aria-keyshortcuts="d">
          Deny
        </Button>
        <Button onClick={() => answer('approve')} loading={busy} aria-keyshortcuts="a">
          Approve with a passkey
        </Button>
      </form>
      <Problem error={error} />
    </section>
  )
}
