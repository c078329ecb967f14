import type { Redactor } from '@credbroker/connectors/connector'
import { isPlain } from '@credbroker/connectors/reader'
import type { UpstreamAnswer } from '../../ports/egress.ts'
import { answerHeaders } from './answer-headers.ts'
import type { CallDeps } from './call-deps.ts'
import { type Flight, type Sending, takeOff } from './flight.ts'
import type { Cut } from './open-calls.ts'

export interface CallAnswer {
  readonly is: 'answer'
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Whole, or piece by piece. Where a piece throws, the answer has no end and its connection is to be destroyed. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
  /** Aborted when the answer must end at once, whoever is waiting for whom. */
  readonly cut: AbortSignal
}

/** Answers that say their length and are no longer than this are passed on whole. */
const WHOLE_BYTES = 256 * 1024

/**
 * Sends what was decided, with the credential, once. Whatever happens, the outcome says it; where nobody can know whether
 * the vendor acted, it says that, and nothing is tried again (I6).
 * @throws BrokerError `vendor_unavailable`, `vendor_refused`, `task_ended`, `root_unusable`
 */
export async function sendCall(deps: CallDeps, sending: Sending): Promise<CallAnswer> {
  const { prepared, scope } = sending
  const { upstream, secrets, lease, refused } = prepared.root
  const flight = takeOff(deps, sending)
  let answer: UpstreamAnswer
  try {
    answer = await deps.egress.send(upstream, prepared.read.request, flight.signal)
  } catch (error) {
    throw flight.failed(error)
  }
  const { status } = answer
  const redactorOf = (): Redactor => prepared.read.connector.is.redact(secrets)
  const clean = (text: string) => isClean(redactorOf(), text)
  flight.heard(answer, clean)
  if (status === 401) refused?.()
  if (status === 401 || status === 403)
    throw flight.refused(
      `The vendor refused the ${lease === undefined ? 'root credential of' : 'credential minted for'} this scope`,
    )
  if (status < 200 || status > 599 || !isPlain(answer.headers))
    throw flight.refused('The vendor answered in a form that the broker does not pass on')
  const headers = answerHeaders(answer.headers, {
    origin: upstream.origin,
    prefix: `/gateway/${scope}`,
    target: prepared.read.request.target,
    clean,
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
