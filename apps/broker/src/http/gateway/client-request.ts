import type { IncomingMessage } from 'node:http'
import type { ClientRequest } from '@credbroker/connectors/request'
import { BrokerError } from '@credbroker/core/errors'
import { bodyTooLarge } from '../body-limit.ts'

/** What is between the client and us. No connector sees it, and no vendor. */
const OURS: ReadonlySet<string> = new Set([
  'authorization',
  'dpop',
  'broker-approval',
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
])

export interface ReceivedCall {
  readonly request: ClientRequest
  readonly approval: string | undefined
}

/**
 * The request as it came: method, target after `/gateway/<scope>`, and headers, undecoded and in order.
 * @throws BrokerError `not_found` for a target in another form than a path, `body_too_large`, `invalid_request`
 */
export async function readClientRequest(
  incoming: IncomingMessage,
  scope: string,
  most: number,
): Promise<ReceivedCall> {
  const prefix = `/gateway/${scope}`
  const raw = incoming.url ?? ''
  // The route was found by the decoded path; whoever wrote it otherwise had a reason.
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(scope) || !raw.startsWith(`${prefix}/`))
    throw new BrokerError('not_found')
  const headers = pairs(incoming.rawHeaders)
  const approvals = headers.filter(([name]) => name.toLowerCase() === 'broker-approval')
  if (approvals.length > 1)
    throw new BrokerError('invalid_request', { detail: 'At most one Broker-Approval header' })
  return {
    request: {
      method: incoming.method ?? '',
      target: raw.slice(prefix.length),
      headers: headers.filter(([name]) => !OURS.has(name.toLowerCase())),
      body: await readBody(incoming, most),
    },
    approval: approvals[0]?.[1],
  }
}

const pairs = (raw: readonly string[]): (readonly [name: string, value: string])[] =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []))

async function readBody(incoming: IncomingMessage, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > most) throw bodyTooLarge(most)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
