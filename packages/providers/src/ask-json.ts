import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { BrokerError } from '@credbroker/core/errors'
import type { VendorIo } from './provider.ts'
import { upstreamAddress } from './upstream-address.ts'

export interface JsonAnswer {
  readonly status: number
  /** Undefined where the body is none. */
  readonly json: unknown
  /** The vendor's own clock. */
  readonly now: Date | undefined
  /** How long the vendor wants to be left alone, an hour at most. */
  readonly retryAfterSeconds: number | undefined
  /** The part of what it may be asked that is left, 0 to 1. Undefined where it does not say. */
  readonly left: number | undefined
}

export interface JsonQuestion {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** The credential is in one of them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  /** PEM: whom to trust in place of the public authorities, and who we are. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

const MOST_BYTES = 4 * 1024 * 1024
const MILLISECONDS = 8000

/**
 * Asks a vendor once. Redirects are not followed: the credential goes to one host.
 *
 * @throws {BrokerError} `root_unusable` where the address is private and may not be, `vendor_refused`, `vendor_unavailable`
 */
export async function askJson(origin: string, question: JsonQuestion, io: VendorIo): Promise<JsonAnswer> {
  const { method, path, body, tls } = question
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
    'user-agent': 'credbroker',
    ...question.headers,
    ...(text !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
    }),
  }
  const send = protocol === 'https:' ? requestHttps : requestHttp
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(MILLISECONDS)])
  return new Promise((resolve, reject) => {
    const options = { method, host, port, path, headers, lookup, signal, agent: false, ...tls }
    const asked = send(options, (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength
        if (bytes > MOST_BYTES)
          asked.destroy(new BrokerError('vendor_refused', { detail: 'The vendor answered at length' }))
        chunks.push(chunk)
      })
      answer.once('error', reject)
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          json: parsed(Buffer.concat(chunks).toString('utf8')),
          now: dateOf(answer.headers.date),
          retryAfterSeconds: secondsOf(answer.headers['retry-after']),
          left: partOf(answer.headers['x-ratelimit-remaining'], answer.headers['x-ratelimit-limit']),
        }),
      )
    })
    asked.once('error', reject)
    asked.end(text)
  })
}

/** The vendor takes no questions now, and may say until when. */
export const unavailable = ({ retryAfterSeconds }: JsonAnswer): BrokerError =>
  new BrokerError('vendor_unavailable', { ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) })

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

const HOUR = 3600

const secondsOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Math.min(Math.max(Number(text), 1), HOUR) : undefined

function partOf(remaining: unknown, limit: unknown): number | undefined {
  const [left, of] = [Number(remaining), Number(limit)]
  return remaining !== undefined && left >= 0 && of > 0 ? Math.min(left / of, 1) : undefined
}
