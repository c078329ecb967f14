import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { call, pathOf } from './api.ts'
import { headline, left } from './approval-words.ts'
import { element, say } from './dom.ts'
import { inert } from './inert.ts'
import { requireSignedIn } from './next-page.ts'

const EVERY_MS = 3000

/** What waits for people, newest first, kept up to date. */
export async function approvalsPage(): Promise<void> {
  await requireSignedIn('/approvals')
  for (;;) {
    await refresh().catch((error: Error) => say('problem', error.message))
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}

async function refresh(): Promise<void> {
  const { items } = await call<{ items: ApprovalView[] }>('GET', '/v1/approvals?state=pending&limit=100')
  const waiting = items.filter(({ ends_at }) => Date.parse(ends_at) > Date.now())
  element('none').hidden = waiting.length > 0
  element('waiting').replaceChildren(...waiting.map(row))
  document.title =
    waiting.length > 0 ? `(${waiting.length}) Approvals · Credbroker` : 'Approvals · Credbroker'
}

function row(view: ApprovalView): HTMLElement {
  const item = document.createElement('li')
  const link = document.createElement('a')
  link.href = pathOf(`/approvals/${view.id}`)
  link.textContent = headline(view)
  const note = document.createElement('small')
  const who = view.work?.agent ?? view.requester.replace(/^user:/, '')
  note.textContent = `${inert(who)} in ${inert(view.environment)}, ${left(view.ends_at, Date.now())} left`
  const words = document.createElement('span')
  words.append(link, note)
  item.append(words)
  return item
}
