import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { call } from './api.ts'
import { about, effects, exactly, headline, left, lossWords, time, type Word } from './approval-words.ts'
import { element, on, say, show } from './dom.ts'
import { inert } from './inert.ts'
import { requireSignedIn } from './next-page.ts'
import { answerApproval } from './passkeys.ts'

const EVERY_MS = 2000

/** One question, whole, and the two buttons. What is signed is bound to what is shown: the broker hashes both anew. */
export async function approvalPage(): Promise<void> {
  const id = location.pathname.split('/').at(-1) ?? ''
  await requireSignedIn(`/approvals/${id}`)
  const path = `/v1/approvals/${id}`
  const reason = element<HTMLInputElement>('reason')
  for (const verdict of ['approve', 'deny'] as const)
    on(verdict, 'click', async () => {
      const answered = await answerApproval(id, verdict, reason.value.trim() || undefined)
      render(answered)
    })
  render(await call<ApprovalView>('GET', path))
  show('question')
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    await call<ApprovalView>('GET', path).then(keep, (error: Error) => say('problem', error.message))
  }
}

let shown = ''

/** Redraws only what has changed, so that nothing moves under a hand. */
function keep(view: ApprovalView): void {
  const now = JSON.stringify(view)
  if (now === shown) tick(view)
  else render(view)
}

function render(view: ApprovalView): void {
  shown = JSON.stringify(view)
  element('title').textContent = headline(view)
  words('about', about(view))
  words('loss', lossWords(view.loss))
  show('cost', view.loss !== undefined)
  element('calls').replaceChildren(...(view.requests ?? []).map(requestPart), ...changePart(view.changes))
  tick(view)
}

function tick(view: ApprovalView): void {
  const { state, ends_at, usable_until, reason } = view
  const waits = state === 'pending' && Date.parse(ends_at) > Date.now()
  show('answer', waits)
  const over: Readonly<Record<ApprovalView['state'], string>> = {
    pending: waits ? `${left(ends_at, Date.now())} left to answer` : 'Nobody answered in time: it is over.',
    approved: `Approved. It can be used once, until ${usable_until ? time(usable_until) : 'it ends'}.`,
    denied: `Denied: ${inert(reason)}`,
    used: 'Approved, and used.',
    expired: 'It is over, and cannot be approved any more.',
    cancelled: 'What it is about has changed or ended: it cannot be approved any more.',
  }
  element('left').textContent = over[state]
}

function words(id: string, list: readonly Word[]): void {
  element(id).replaceChildren(...list.flatMap(definition))
}

function definition({ name, text, tone }: Word): HTMLElement[] {
  const term = document.createElement('dt')
  term.textContent = tone === 'claimed' ? `${name} (claimed)` : name
  const meaning = document.createElement('dd')
  meaning.textContent = text
  if (tone) meaning.className = tone
  return [term, meaning]
}

function requestPart(request: NonNullable<ApprovalView['requests']>[number]): HTMLElement {
  const part = document.createElement('section')
  const details = document.createElement('dl')
  details.append(...effects(request).flatMap(definition))
  part.append(details, text(exactly(request)))
  return part
}

const changePart = (changes: ApprovalView['changes']): HTMLElement[] =>
  changes ? [text(changes.map((line) => inert(line)).join('\n'))] : []

function text(content: string): HTMLElement {
  const pre = document.createElement('pre')
  pre.tabIndex = 0
  pre.textContent = content
  return pre
}
