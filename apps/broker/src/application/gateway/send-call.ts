import type { Redactor } from '@credbroker/connectors/connector'
import type { AuditEventFields } from '@credbroker/core/audit/event'
import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { NotSent, type UpstreamAnswer } from '../../ports/egress.ts'
import { answerHeaders } from './answer-headers.ts'
import type { BegunCall, CallOrder } from './call.ts'
import type { CallDeps } from './call-deps.ts'
import { grantsOf } from './live-call.ts'
import type { Cut } from './open-calls.ts'
import { AfterTheFact } from './story.ts'

export interface CallAnswer {
  readonly is: 'answer'
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Whole, or piece by piece. Where a piece throws, the answer has no end and its connection is to be destroyed. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
  /** Aborted when the answer must end at once, whoever is waiting for whom. */
  readonly cut: AbortSignal
}

interface Sending extends BegunCall {
  readonly order: CallOrder
  readonly giveBack: () => void
}

/** Answers that say their length and are no longer than this are passed on whole. */
const WHOLE_BYTES = 256 * 1024

/**
 * Sends what was decided, with the credential, once. Whatever happens, the outcome says it; where nobody can know whether
 * the vendor acted, it says that, and nothing is tried again (I6).
 * @throws BrokerError `vendor_unavailable`, `vendor_refused`, `task_ended`, `root_unusable`
 */
export async function sendCall(deps: CallDeps, sending: Sending): Promise<CallAnswer> {
  const { prepared, order } = sending
  const { upstream, secrets } = prepared.root
  const flight = takeOff(deps, sending)
  let answer: UpstreamAnswer
  try {
    answer = await deps.egress.send(upstream, prepared.read.request, flight.signal)
  } catch (error) {
    throw flight.failed(error)
  }
  const { status } = answer
  flight.heard(answer)
  const encoding = answer.headers.find(([name]) => name === 'content-encoding')?.[1] ?? 'identity'
  const redactorOf = (): Redactor => prepared.read.connector.is.redact(secrets)
  if (status === 401 || status === 403)
    throw flight.refused('The vendor refused the root credential of this scope')
  if (status < 200 || status > 599 || encoding.trim().toLowerCase() !== 'identity')
    throw flight.refused('The vendor answered in a form that the broker does not pass on')
  const headers = answerHeaders(answer.headers, {
    origin: upstream.origin,
    prefix: `/gateway/${order.scope}`,
    target: prepared.read.request.target,
    clean: (text) => isClean(redactorOf(), text),
  })
  const passing = { is: 'answer' as const, status, headers, cut: flight.cut }
  if (prepared.read.request.method === 'HEAD' || status === 204 || status === 304) {
    flight.land('ok')
    return { ...passing, body: new Uint8Array() }
  }
  const body = redacted(answer.body, redactorOf(), flight)
  if (!isWhole(answer)) return { ...passing, body }
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of body) pieces.push(piece)
  } catch (error) {
    throw flight.failed(error)
  }
  return { ...passing, body: Buffer.concat(pieces) }
}

const isWhole = ({ headers }: UpstreamAnswer): boolean =>
  headers.some(([name, value]) => name === 'content-length' && Number(value) <= WHOLE_BYTES)

function isClean(redactor: Redactor, text: string): boolean {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([redactor.write(bytes), redactor.end()]).equals(bytes)
}

type Flight = ReturnType<typeof takeOff>

async function* redacted(
  body: AsyncIterable<Uint8Array>,
  redactor: Redactor,
  flight: Flight,
): AsyncGenerator<Uint8Array> {
  let why: Cut | undefined = 'client'
  try {
    for await (const chunk of body) {
      const piece = flight.passing(redactor.write(chunk))
      if (piece.byteLength > 0) yield piece
    }
    const rest = flight.passing(redactor.end())
    if (rest.byteLength > 0) yield rest
    why = undefined
  } catch (error) {
    why = 'vendor'
    throw error
  } finally {
    // Whoever stops listening leaves it here as well.
    flight.land('ok', why && { cut: why })
  }
}

/** Everything about one call from its intent to its outcome, which is recorded once. */
function takeOff(deps: CallDeps, { live, said, intent, order, giveBack }: Sending) {
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
    grants: grantsOf(live),
    cut,
    streams: () => heard.upstreamStatus !== undefined,
  })
  order.signal.addEventListener('abort', hungUp, { once: true })

  type Result = NonNullable<AuditEventFields['result']>
  function land(result: Result, more: { code?: ErrorCode; cut?: Cut } = {}): void {
    if (landed) return
    landed = true
    order.signal.removeEventListener('abort', hungUp)
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
    deps.open.settle(
      deps.audit.append([outcome]).catch((error) => {
        deps.log.error(
          { err: error, intent },
          'the outcome of a call could not be recorded: it stays unknown',
        )
      }),
    )
    // Nothing of it goes on, whoever holds what.
    controller.abort()
  }

  if (order.signal.aborted) cut('client')
  return {
    signal: controller.signal,
    cut: cutting.signal,
    land,
    heard({ status, headers }: UpstreamAnswer): void {
      heard.upstreamStatus = status
      const id = headers.find(([name]) => name === 'x-request-id')?.[1]
      if (id !== undefined && /^[!-~]{1,200}$/.test(id)) heard.vendorRequestId = id
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
