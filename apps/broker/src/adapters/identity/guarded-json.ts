import { lookup as resolve } from 'node:dns/promises'
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { isIP } from 'node:net'
import { BrokerError } from '@credbroker/core/errors'
import { isPrivateAddress } from '@credbroker/providers/upstream-address'

/** CVE-2025-52477's sister: whoever serves the document decides how long it is. */
export const MAX_BYTES = 100 * 1024

export interface GuardedJsonOptions {
  /** `BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS`: loopback and private addresses, and http on loopback. */
  readonly allowPrivate: boolean
  /** For name, connection and body together. */
  readonly timeoutMs: number
}

export type GetJson = (url: string) => Promise<unknown>

/**
 * Reads one JSON document from an address that was judged before the connection. Follows no redirect, reuses no
 * connection, sends no cookie and no credential. @throws BrokerError `vendor_unavailable`, never with a byte of the answer
 */
export const guardedJson =
  ({ allowPrivate, timeoutMs }: GuardedJsonOptions): GetJson =>
  async (text) => {
    const url = new URL(text)
    const loopback = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname)
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback && allowPrivate))
      throw refuse('An issuer is read over https only')
    const signal = AbortSignal.timeout(timeoutMs)
    const late = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(refuse('The issuer did not answer in time')), {
        once: true,
      }),
    )
    return await Promise.race([read(url, allowPrivate, signal), late])
  }

async function read(url: URL, allowPrivate: boolean, signal: AbortSignal): Promise<unknown> {
  const address = await judgedAddress(url.hostname.replace(/^\[|\]$/g, ''), allowPrivate)
  const response = await connect(url, address, signal).catch((cause) => {
    throw refuse('No connection to the issuer', cause)
  })
  try {
    if (response.statusCode !== 200) throw refuse('The issuer answered with another status than 200')
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_BYTES) throw refuse('The issuer’s document is over 100 KiB')
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    if (cause instanceof BrokerError) throw cause
    // A parser's message quotes what it read.
    throw refuse('The issuer’s document cannot be read')
  } finally {
    response.destroy()
  }
}

/** The one address to connect to: what was judged is what is used, whatever the name says a moment later. */
async function judgedAddress(host: string, allowPrivate: boolean): Promise<string> {
  const found = isIP(host)
    ? [host]
    : (await resolve(host, { all: true }).catch(() => [])).map((one) => one.address)
  const usable = found.find((address) => allowPrivate || !isPrivateAddress(address))
  if (usable !== undefined) return usable
  throw refuse(
    found.length === 0
      ? 'The issuer’s name does not resolve'
      : 'The issuer has a loopback or private address: give its keys in `jwks`, or set BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS=1 where that is meant',
  )
}

function connect(url: URL, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  const family = isIP(address)
  const get = url.protocol === 'https:' ? httpsGet : httpGet
  return new Promise((done, fail) => {
    const request = get(
      url,
      {
        agent: false,
        signal,
        headers: { accept: 'application/json', 'user-agent': 'credbroker' },
        lookup: (_host, options, callback) =>
          options.all ? callback(null, [{ address, family }]) : callback(null, address, family),
      },
      done,
    )
    request.on('error', fail)
  })
}

const refuse = (detail: string, cause?: unknown): BrokerError =>
  new BrokerError('vendor_unavailable', { detail, ...(cause !== undefined && { cause }) })
