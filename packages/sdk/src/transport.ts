import { type ClientKey, signProof } from '@credbroker/core/client-key'
import type { Secret } from '@credbroker/core/secret'
import { apiError, type BrokerApiError, BrokerUnreachableError, oauthError } from './errors.ts'
import type { Io } from './io.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/v1/…`, below the broker's URL; may carry a query. */
  readonly path: string
  readonly token?: Secret
  /** Sent as JSON; `URLSearchParams` as a form. A function is asked each time, with the broker's nonce of the moment. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Gives the call up early. */
  readonly signal?: AbortSignal
}

/** A request that goes on to a vendor. */
export interface OpenCall {
  readonly method: string
  /** `/gateway/…`, below the broker's URL, as the URL standard writes it. */
  readonly path: string
  readonly token: Secret
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer> | null
  readonly signal: AbortSignal | null
}

/** The vendor's answer, whatever its status; or the broker's own word, which is no refusal. */
export type Opened = { readonly vendor: Response } | { readonly status: number; readonly body: unknown }

interface Answer {
  readonly status: number
  readonly body: unknown
}

const DEFAULT_TIMEOUT_MS = 10_000

/** Signed requests to one broker (RFC 9449). It repeats a request for one reason only: the broker asked for its nonce. @internal */
export class Transport {
  readonly #base: string
  readonly #key: ClientKey
  readonly #io: Io
  #nonce: string | undefined

  /** @throws TypeError for a URL that would carry credentials in the clear: `http:` is for loopback only. */
  constructor(url: string, key: ClientKey, io: Io) {
    this.#base = brokerBase(url)
    this.#key = key
    this.#io = io
  }

  /**
   * @throws BrokerApiError when the broker answers with an error
   * @throws BrokerUnreachableError when nothing, or nothing that makes sense, comes back
   */
  async call<Result>(call: Call): Promise<Result> {
    let answer = await this.#send(call)
    // 401 at a resource, 400 at the token endpoint (RFC 9449 §8, §9).
    if (codeOf(answer) === 'use_dpop_nonce') answer = await this.#send(call)
    if (answer.status < 200 || answer.status > 299) throw errorOf(answer)
    return answer.body as Result
  }

  /**
   * The same for calls through the gateway: the vendor's answer as it comes.
   * @throws BrokerApiError when the broker refuses; BrokerUnreachableError; the reason of the signal
   */
  async open(call: OpenCall): Promise<Opened> {
    let answer = await this.#open(call)
    if (!('vendor' in answer) && codeOf(answer) === 'use_dpop_nonce') answer = await this.#open(call)
    if (!('vendor' in answer) && (answer.status < 200 || answer.status > 299)) throw errorOf(answer)
    return answer
  }

  /** A proof by our key for one request, sent by us or by whoever asks for us. */
  proof(method: string, path: string, token?: Secret, nonce?: string): string {
    const request = {
      method,
      url: this.#base + path,
      ...(token && { accessToken: token.expose() }),
      ...(nonce !== undefined && { nonce }),
    }
    return signProof(request, this.#key, this.#io.now(), this.#io.random)
  }

  /** Where it sends to, and the nonce that the broker last asked for. */
  get place(): { readonly url: string; readonly nonce?: string } {
    return { url: this.#base, ...(this.#nonce !== undefined && { nonce: this.#nonce }) }
  }

  async #send(call: Call): Promise<Answer> {
    const { method, token, timeoutMs = DEFAULT_TIMEOUT_MS } = call
    const body: unknown = typeof call.body === 'function' ? call.body(this.#nonce) : call.body
    const url = this.#base + call.path
    const proof = this.proof(method, call.path, token, this.#nonce)
    const form = body instanceof URLSearchParams
    const headers: Record<string, string> = { accept: 'application/json', ...call.headers, dpop: proof }
    if (token) headers['authorization'] = `DPoP ${token.expose()}`
    if (body !== undefined)
      headers['content-type'] = form ? 'application/x-www-form-urlencoded' : 'application/json'
    try {
      const response = await this.#io.fetch(url, {
        method,
        headers,
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(call.signal ? [call.signal] : [])]),
        ...(body !== undefined && { body: form ? body.toString() : JSON.stringify(body) }),
      })
      this.#nonce = response.headers.get('dpop-nonce') ?? this.#nonce
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    } catch (cause) {
      throw this.#unreachable(cause)
    }
  }

  async #open({ method, path, token, headers, body, signal }: OpenCall): Promise<Opened> {
    const dpop = this.proof(method, path, token, this.#nonce)
    const authorization = `DPoP ${token.expose()}`
    const init = { method, headers: { ...headers, authorization, dpop }, body, signal }
    try {
      const response = await this.#io.open(this.#base + path, { ...init, redirect: 'manual' })
      if (response.headers.get('broker-answer') === 'vendor') return { vendor: response }
      this.#nonce = response.headers.get('dpop-nonce') ?? this.#nonce
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    } catch (cause) {
      signal?.throwIfAborted()
      throw this.#unreachable(cause)
    }
  }

  #unreachable(cause: unknown): BrokerUnreachableError {
    // A parser's message quotes what it read, which may be a credential: the cause of that one stays behind.
    if (cause instanceof SyntaxError)
      return new BrokerUnreachableError(`what answers at ${this.#base} is not a broker`)
    const timedOut = cause instanceof Error && cause.name === 'TimeoutError'
    return new BrokerUnreachableError(
      timedOut
        ? `the broker at ${this.#base} did not answer in time`
        : `no connection to the broker at ${this.#base}`,
      { cause },
    )
  }
}

/** The URL without a trailing slash. @throws TypeError @internal */
export function brokerBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? '')
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback)))
    throw new TypeError('the broker’s URL must be https, or http on loopback')
  if (url.username || url.password || /[?#]/.test(url.href))
    throw new TypeError('the broker’s URL takes no user, query or fragment')
  return url.href.replace(/\/+$/, '')
}

const fields = (answer: Answer): Record<string, unknown> =>
  typeof answer.body === 'object' && answer.body !== null ? (answer.body as Record<string, unknown>) : {}

const codeOf = (answer: Answer): unknown => fields(answer)['code'] ?? fields(answer)['error']

function errorOf(answer: Answer): BrokerApiError | BrokerUnreachableError {
  const body = fields(answer)
  if (answer.status >= 300 && answer.status < 400)
    return new BrokerUnreachableError('the broker answered with a redirect, which is not followed')
  if ('error' in body) return oauthError(answer.status, body)
  return apiError({ ...body, status: answer.status })
}
