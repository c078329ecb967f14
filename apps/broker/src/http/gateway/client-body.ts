import { on } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { BrokerError } from '@credbroker/core/errors'
import type { ReadBody } from '../../application/gateway/receive-body.ts'
import { bodyTooLarge } from '../body-limit.ts'

/** How to read the body of a request from the socket; undefined where it says that it has none. */
export function bodyOf(incoming: IncomingMessage): ReadBody | undefined {
  const { 'content-length': declared, 'transfer-encoding': coding } = incoming.headers
  if (coding === undefined && (declared === undefined || Number(declared) === 0)) return undefined
  return async ({ most, take, signal }) => {
    // What says how long it is is refused before anything of it is read.
    const length = coding === undefined ? Number(declared) : 0
    if (length > most) throw bodyTooLarge(most)
    take(length)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of chunksOf(incoming, signal)) {
      size += chunk.byteLength
      if (size > most) throw bodyTooLarge(most)
      if (coding !== undefined) take(chunk.byteLength)
      chunks.push(chunk)
    }
    // Headers that come after everything was read by those before: nobody would look at them.
    if (incoming.rawTrailers.length > 0)
      throw new BrokerError('call_refused', { detail: 'A request with trailers is refused' })
    return Buffer.concat(chunks)
  }
}

/** Whoever stops listening leaves the request as it is, so that it can be answered. @throws BrokerError */
async function* chunksOf(incoming: IncomingMessage, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    const pieces = on(incoming, 'data', { signal, close: ['end'] }) as AsyncIterable<[Buffer]>
    for await (const [chunk] of pieces) yield chunk
  } catch (error) {
    if (signal.reason instanceof BrokerError) throw signal.reason
    throw new BrokerError('invalid_request', { detail: 'The body did not come whole', cause: error })
  }
}
