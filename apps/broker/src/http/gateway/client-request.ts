import type { IncomingMessage } from 'node:http'
import { BrokerError } from '@credbroker/core/errors'
import type { CallOrder } from '../../application/gateway/call.ts'
import { bodyOf } from './client-body.ts'

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

/**
 * The request as it came: method, target after `/gateway/<scope>`, and headers, undecoded and in order. Nothing of its body is read yet.
 * @throws BrokerError `not_found` for a target in another form than a path, `invalid_request`
 */
export function readClientRequest(
  incoming: IncomingMessage,
  scope: string,
): Pick<CallOrder, 'request' | 'body' | 'approval'> {
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
    },
    body: bodyOf(incoming),
    approval: approvals[0]?.[1],
  }
}

const pairs = (raw: readonly string[]): (readonly [name: string, value: string])[] =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []))
