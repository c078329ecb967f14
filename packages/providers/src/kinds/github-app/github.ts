import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { VendorIo } from '../../provider.ts'
import { upstreamAddress } from '../../upstream-address.ts'

export interface Answer {
  readonly status: number
  readonly json: unknown
  /** GitHub's own clock. */
  readonly now: Date | undefined
}

interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly bearer: Secret
  readonly body?: unknown
}

const MOST_BYTES = 4 * 1024 * 1024
const MILLISECONDS = 8000

/**
 * Asks GitHub once. Redirects are not followed: the credential goes to one host.
 *
 * @throws {BrokerError} `root_unusable` where the address is private and may not be, `vendor_unavailable`
 */
export async function ask(origin: string, question: Question, io: VendorIo): Promise<Answer> {
  const { method, path, bearer, body } = question
  const { protocol, hostname, port } = new URL(origin)
  if (protocol !== 'https:' && !io.allowPrivateUpstreams)
    throw new BrokerError('root_unusable', { detail: 'The root’s origin must be https' })
  const host = hostname.replace(/^\[|\]$/g, '')
  const address = await upstreamAddress(host, io)
  const family = isIP(address)
  const lookup: LookupFunction = (_host, options, done) =>
    options.all ? done(null, [{ address, family }]) : done(null, address, family)
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${bearer.expose()}`,
    'user-agent': 'credbroker',
    'x-github-api-version': '2022-11-28',
    ...(text !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
    }),
  }
  const send = protocol === 'https:' ? requestHttps : requestHttp
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(MILLISECONDS)])
  return new Promise((resolve, reject) => {
    const asked = send({ method, host, port, path, headers, lookup, signal, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength
        if (bytes > MOST_BYTES)
          asked.destroy(new BrokerError('vendor_refused', { detail: 'GitHub answered at length' }))
        chunks.push(chunk)
      })
      answer.once('error', reject)
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          json: parsed(Buffer.concat(chunks).toString('utf8')),
          now: dateOf(answer.headers.date),
        }),
      )
    })
    asked.once('error', reject)
    asked.end(text)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function dateOf(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? undefined : new Date(time)
}

/** What an answer means that is not the one hoped for. Nothing of what GitHub wrote is repeated. `doing` is ours. */
export function refusal({ status, json }: Answer, doing: string): BrokerError {
  if (status === 401)
    return new BrokerError('root_unusable', {
      detail: `GitHub does not accept the App’s key (${doing}): it is another App’s, was deleted, or a clock is wrong`,
    })
  const limited = status === 429 || (status === 403 && /rate limit/i.test(messageOf(json)))
  if (limited || status >= 500) return new BrokerError('vendor_unavailable')
  if (status === 404)
    return new BrokerError('root_unusable', {
      detail: `GitHub knows no such installation of this App (${doing})`,
    })
  if (status === 422)
    return new BrokerError('vendor_refused', {
      detail: `GitHub refused ${doing}: the installation lacks a repository or a permission that the scope names`,
    })
  return new BrokerError('vendor_refused', { detail: `GitHub refused ${doing}` })
}

const messageOf = (json: unknown): string => {
  const { message } = (typeof json === 'object' && json !== null ? json : {}) as {
    readonly message?: unknown
  }
  return typeof message === 'string' ? message : ''
}
