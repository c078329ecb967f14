import type { AuditEventFields } from '@credbroker/core/audit/event'
import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { NotSent, type UpstreamAnswer } from '../../ports/egress.ts'
import type { BegunCall } from './begin-call.ts'
import type { CallDeps } from './call-deps.ts'
import type { Cut } from './open-calls.ts'
import { standsOn } from './open-root.ts'
import { AfterTheFact } from './story.ts'

export interface Sending extends BegunCall {
  readonly scope: string
  /** The client hung up. */
  readonly signal: AbortSignal
  readonly giveBack: () => void
}

/** Made once: an error with a stack costs more than the rest of it. */
const LANDED = new Error('the call has ended')

export type Flight = ReturnType<typeof takeOff>

/** Everything about one call from its intent to its outcome, which is recorded once. */
export function takeOff(deps: CallDeps, { live, prepared, said, intent, signal, giveBack }: Sending) {
  const controller = new AbortController()
  const cutting = new AbortController()
  const began = performance.now()
  const spender = { agent: live.task.agent, grant: live.grant.id }
  const heard: { upstreamStatus?: number; vendorRequestId?: string } = {}
  let bytes = 0
  let redactions = 0
  let cutBy: Cut | undefined
  let landed = false

  const cut = (why: Cut) => {
    cutBy ??= why
    cutting.abort()
    // Nobody may be reading any more who would say so.
    if (heard.upstreamStatus !== undefined) land('ok')
    controller.abort()
  }
  const hungUp = () => cut('client')
  const remove = deps.open.add({
    standsOn: standsOn(live, prepared.root),
    cut,
    streams: () => heard.upstreamStatus !== undefined,
  })
  signal.addEventListener('abort', hungUp, { once: true })

  type Result = NonNullable<AuditEventFields['result']>
  function land(result: Result, more: { code?: ErrorCode; cut?: Cut } = {}): void {
    if (landed) return
    landed = true
    signal.removeEventListener('abort', hungUp)
    remove()
    giveBack()
    const why = cutBy ?? more.cut
    const outcome = deps.record({
      ...said,
      type: 'gateway.called',
      phase: 'outcome',
      intent,
      result,
      ...(more.code && { code: more.code }),
      facts: {
        ...said.facts,
        ...heard,
        responseBytes: bytes,
        redactions,
        durationMs: Math.round(performance.now() - began),
        ...(why && { cut: why }),
      },
    })
    deps.outcomes.write(outcome)
    // Nothing of it goes on, whoever holds what.
    controller.abort(LANDED)
  }

  if (signal.aborted) cut('client')
  return {
    signal: controller.signal,
    cut: cutting.signal,
    land,
    /** `clean`: whether a text of the vendor may be written down. It may say back what it was told (I1). */
    heard({ status, headers }: UpstreamAnswer, clean: (text: string) => boolean): void {
      heard.upstreamStatus = status
      const id = headers.find(([name]) => name === 'x-request-id')?.[1]
      if (id !== undefined && /^[!-~]{1,200}$/.test(id) && clean(id)) heard.vendorRequestId = id
    },
    passing(piece: Uint8Array): Uint8Array {
      bytes += piece.byteLength
      redactions += marksIn(piece)
      if (!deps.budgets.answered(spender, piece.byteLength)) cut('budget')
      return piece
    },
    failed(error: unknown): BrokerError {
      const known = error instanceof BrokerError ? error : new BrokerError('internal', { cause: error })
      const notSent = known.details.cause instanceof NotSent
      land(notSent ? 'failed' : heard.upstreamStatus === undefined ? 'unknown' : 'ok', { code: known.code })
      if (cutBy === 'ended' || cutBy === 'store')
        return new AfterTheFact('task_ended', { detail: 'The task or the grant ended during the call' })
      if (cutBy === 'budget') return new AfterTheFact('budget_exceeded', { retryAfterSeconds: 60 })
      return new AfterTheFact(known.code, known.details)
    },
    refused(detail: string): BrokerError {
      land('failed', { code: 'vendor_refused' })
      return new AfterTheFact('vendor_refused', { detail })
    },
  }
}

const MARK = Buffer.from('[secret]')

function marksIn(piece: Uint8Array): number {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
  let count = 0
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + MARK.length)) count += 1
  return count
}
