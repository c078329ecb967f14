import { ERRORS } from '@credbroker/core/errors'
import { apiError } from '@credbroker/sdk/errors'

/** As much of an approval as a command needs that waits for one. */
export interface Asked {
  readonly id: string
  readonly state: 'pending' | 'approved' | 'denied' | 'used' | 'expired' | 'cancelled'
  readonly url?: string
}

export interface Waiting {
  /** Called once, before the wait begins. */
  readonly told: (asked: Asked) => void
  readonly pause: () => Promise<void>
}

interface Asking {
  send(headers: Readonly<Record<string, string>>): Promise<unknown>
  find(id: string): Promise<Asked>
  readonly waiting?: Waiting | undefined
}

/**
 * The answer of a request that a person may have to approve (202): where they have, it is sent again under their approval.
 * @throws BrokerApiError `approval_required` where nobody has answered, and nobody wants to wait; `approval_denied`
 */
export async function approved<Answer>({ send, find, waiting }: Asking): Promise<Answer> {
  const first = await send({})
  let asked = askedOf(first)
  if (!asked) return first as Answer
  if (asked.state === 'pending' && waiting) {
    waiting.told(asked)
    while (asked.state === 'pending') {
      await waiting.pause()
      asked = await find(asked.id)
    }
  }
  if (asked.state === 'approved') {
    const second = await send({ 'broker-approval': asked.id })
    if (!askedOf(second)) return second as Answer
  }
  throw refusal(asked)
}

/** The answer that nothing was done yet: no other has an approval and a word about it. */
function askedOf(answer: unknown): Asked | undefined {
  const { approval, detail } = (answer ?? {}) as { approval?: Asked; detail?: unknown }
  return typeof approval?.id === 'string' && typeof detail === 'string' ? approval : undefined
}

function refusal({ id, state, url }: Asked) {
  const code =
    state === 'denied' ? 'approval_denied' : state === 'pending' ? 'approval_required' : 'approval_invalid'
  const waits = 'Nothing was changed. Once somebody has approved it, run the same command again'
  return apiError({
    status: ERRORS[code].status,
    code,
    title: ERRORS[code].title,
    retryable: ERRORS[code].retryable,
    approval: id,
    ...(url !== undefined && { approval_url: url }),
    todo: code === 'approval_required' ? `${waits}: broker approvals show ${id}` : ERRORS[code].todo,
  })
}
