import { BrokerError } from '@credbroker/core/errors'
import type { Upstream, UpstreamReader, UpstreamRequest } from './request.ts'

/** One answer of a vendor, as the guarded egress gives it. */
interface Answer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: AsyncIterable<Uint8Array>
}

/** The way out. It must throw `BrokerError` only. */
export type Send = (upstream: Upstream, request: UpstreamRequest, signal: AbortSignal) => Promise<Answer>

export type Read = Awaited<ReturnType<UpstreamReader['read']>>

/** What was read before, by a key that names the request whole. It belongs to one root and one of its versions. */
export interface ReadCache {
  get(key: string): Read | undefined
  set(key: string, read: Read): void
}

export interface ReaderOptions {
  readonly send: Send
  /** Ends whatever is under way, and with it everything that this reader is asked later. */
  readonly signal: AbortSignal
  /** Taken before each question that goes to the vendor. @throws {BrokerError} `budget_exceeded` */
  readonly spend?: () => void
  /** Absent: every question goes to the vendor. */
  readonly cache?: ReadCache
  readonly maxBytes?: number
}

const MAX_BYTES = 2 * 1024 * 1024
const utf8 = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Asks a vendor with the root: whole answers of bounded length, never later than the signal. */
export function upstreamReader(upstream: Upstream, options: ReaderOptions): UpstreamReader {
  const { send, signal, spend, cache, maxBytes = MAX_BYTES } = options
  return {
    host: new URL(upstream.origin).host,
    async read(request, { fresh }) {
      const key = JSON.stringify([
        request.method,
        request.target,
        Object.entries(request.headers).sort(),
        request.body ?? null,
      ])
      const known = fresh ? undefined : cache?.get(key)
      if (known) return known
      if (signal.aborted) throw tooLate()
      spend?.()
      const plain = { ...request, headers: { ...request.headers, 'accept-encoding': 'identity' } }
      const read = await before(signal, async () => whole(await send(upstream, plain, signal), maxBytes))
      cache?.set(key, read)
      return read
    },
  }
}

async function whole({ status, headers, body }: Answer, maxBytes: number): Promise<Read> {
  if (!isPlain(headers)) throw strange('an encoding that was not asked for')
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw strange('more than the broker reads')
    chunks.push(chunk)
  }
  try {
    return { status, body: utf8().decode(Buffer.concat(chunks)) }
  } catch {
    throw strange('bytes that are no UTF-8')
  }
}

/** Whether a body is what it is. One header that says so is no word against another that does not. */
export const isPlain = (headers: Answer['headers']): boolean =>
  headers.every(([name, value]) => name !== 'content-encoding' || value.trim().toLowerCase() === 'identity')

/** A way out that does not look at its signal holds nobody up. What it answers later is dropped. */
async function before<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const late = () => reject(tooLate())
  signal.addEventListener('abort', late, { once: true })
  try {
    return await Promise.race([work(), over])
  } finally {
    signal.removeEventListener('abort', late)
  }
}

const tooLate = () =>
  new BrokerError('vendor_unavailable', { detail: 'The vendor did not answer before the deadline' })

const strange = (what: string) => new BrokerError('vendor_refused', { detail: `The vendor answered ${what}` })
