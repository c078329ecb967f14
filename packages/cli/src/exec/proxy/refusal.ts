import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { BrokerApiError, BrokerUnreachableError } from '@credbroker/sdk/errors'

export type Answering = ServerResponse | Http2ServerResponse

/** What a tool is told that gets no answer of its vendor. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly code: string
  readonly todo?: string | undefined
  readonly approvalUrl?: string | undefined
}

/** Thrown where the proxy itself does not take a request. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal

  constructor(status: number, message: string, todo?: string) {
    super(message)
    this.refusal = { status, message, code: 'call_refused', todo }
  }
}

/** As a tool can show it: none of them knows our codes, and a 401 would make them ask for a password. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal
  if (error instanceof BrokerApiError) {
    const { status, code, reason: message, todo, approvalUrl } = error
    return { status: status === 401 || status === 407 ? 502 : status, message, code, todo, approvalUrl }
  }
  if (error instanceof TypeError)
    return { status: 400, code: 'call_refused', message: 'The gateway does not take such a request' }
  if (error instanceof BrokerUnreachableError)
    return {
      status: 502,
      code: error.code,
      message: 'The broker does not answer; whether the call was made is not known',
    }
  return { status: 500, code: 'internal', message: 'The proxy of this run failed' }
}

/** `error` is for npm, `message` for gh and most others. */
export function refusalBody({ message, code, todo, approvalUrl }: Refusal): string {
  const text = [
    `broker: ${message} [${code}]`,
    ...(todo ? [todo] : []),
    ...(approvalUrl ? [approvalUrl] : []),
  ].join(' ')
  return `${JSON.stringify({ message: text, error: text, code, todo, approval_url: approvalUrl })}\n`
}

export function refuse(response: Answering, refusal: Refusal, headers: Record<string, string> = {}): void {
  const body = refusalBody(refusal)
  response.statusCode = refusal.status
  for (const [name, value] of Object.entries({
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  }))
    response.setHeader(name, value)
  response.end(body)
}
