import type { Approval } from '../../domain/approval.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Log } from '../../ports/log.ts'
import type { DueNotice, Notice, NoticeQueue, NoticeSender } from '../../ports/notices.ts'
import { atOnce } from '../at-once.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { isIntact } from '../people/sealed-row.ts'

export interface NotifyDeps {
  readonly queue: NoticeQueue
  readonly sender: NoticeSender
  readonly config: LiveConfig
  readonly macs: Macs
  readonly clock: Clock
  readonly log: Log
  /** Where people answer. */
  readonly linkTo: (approval: string) => string
}

const AT_ONCE = 8
const TAKEN = 32

/** Tells the webhook of what is asked, answered or over. What it does not take is tried again until that is of no interest. */
export const notifyApprovals =
  (deps: NotifyDeps) =>
  async (signal: AbortSignal): Promise<void> => {
    const due = await deps.queue.take(TAKEN)
    await atOnce(AT_ONCE, due, (one) => notify(deps, one, signal))
  }

async function notify(deps: NotifyDeps, due: DueNotice, signal: AbortSignal): Promise<void> {
  const { approval, notice } = due
  const { id } = approval.body
  if (!isIntact(deps.macs, 'approvals', approval)) {
    deps.log.error({ approval: id }, 'an approval does not carry our seal: nobody is told of it')
    return await deps.queue.told(due)
  }
  try {
    await deps.sender.send(`msg_${id}_${notice}`, await payload(deps, approval.body, notice), signal)
    await deps.queue.told(due)
  } catch (err) {
    deps.log.warn({ approval: id, notice, err }, 'the webhook was not told; it will be tried again')
  }
}

/** Nothing in it is an agent's or a vendor's word: whoever reads it, a chat for instance, may render it. */
async function payload(deps: NotifyDeps, approval: Approval, notice: Notice): Promise<string> {
  const { id, state, level, environment, work, subject, requester } = approval
  const { snapshot } = await deps.config.current()
  const tier = snapshot.stored('environments', environment)?.row.tier
  return JSON.stringify({
    type: `approval.${notice}`,
    timestamp: deps.clock.now().toISOString(),
    data: {
      approval: id,
      state,
      kind: subject.kind,
      level,
      environment,
      ...(tier && { tier }),
      ...(work ? { agent: work.agent, scope: work.scope } : { requester }),
      operations: operationsOf(subject),
      link: deps.linkTo(id),
      ends_at: approval.usableUntil ?? approval.endsAt,
    },
  })
}

/** Names that connectors and scopes declare; what looks otherwise is not one. */
const NAME = /^[A-Za-z0-9_ .:/{}*-]{1,120}$/

function operationsOf(subject: Approval['subject']): string[] {
  if (subject.kind !== 'call') return []
  const names = subject.requests.flatMap(({ operations }) => operations.map(({ name }) => name))
  return [...new Set(names)].map((name) => (NAME.test(name) ? name : 'unnamed'))
}
