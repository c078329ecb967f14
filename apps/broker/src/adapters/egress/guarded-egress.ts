import { bodyOf } from '@credbroker/connectors/body-of'
import type { Upstream, UpstreamRequest } from '@credbroker/connectors/request'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Dispatcher } from 'undici'
import { type Egress, NotSent } from '../../ports/egress.ts'
import type { DialOptions } from './dial.ts'
import { openPools, type PoolLimits } from './pools.ts'

const PATIENCE: PoolLimits = { headersMs: LIMITS.upstreamTimeoutSeconds * 1000, bodyMs: 300_000 }

/** The way out. What comes back is as the vendor sent it: nothing is decoded, nothing followed, nothing tried twice. */
export function guardedEgress(
  dial: DialOptions,
  patience: PoolLimits = PATIENCE,
): Egress & { stop(): Promise<void> } {
  const pools = openPools(dial, patience)
  return {
    stop: () => pools.stop(),
    async send(upstream, request, signal) {
      try {
        const { statusCode, headers, body } = await pools.of(upstream).request({
          method: request.method as Dispatcher.HttpMethod,
          path: request.target,
          headers: headersOf(upstream, request),
          body: bodyOf(request) ?? null,
          signal,
          responseHeaders: 'raw',
        })
        return { status: statusCode, headers: pairs(headers), body: spoken(body) }
      } catch (error) {
        throw faultOf(error)
      }
    },
  }
}

/** The credential last, in place of anything of its name. */
function headersOf({ credential }: Upstream, { headers }: UpstreamRequest): Record<string, string> {
  const shown = Object.entries(credential).map(([name, value]) => [name, value.expose()])
  return {
    'user-agent': 'credbroker',
    ...headers,
    'accept-encoding': 'identity',
    ...Object.fromEntries(shown),
  }
}

/** `responseHeaders: 'raw'` gives names and values in turn, whatever the types say. */
function pairs(raw: unknown): (readonly [name: string, value: string])[] {
  if (!Array.isArray(raw)) return []
  const texts = raw.map((one: unknown) => (Buffer.isBuffer(one) ? one.toString('latin1') : String(one)))
  return texts.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), texts[at + 1] ?? ''] as const] : [],
  )
}

async function* spoken(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw faultOf(error)
  }
}

/** Messages of a connection quote what was sent and whom it was sent to. */
function faultOf(error: unknown): BrokerError {
  if (error instanceof NotSent) {
    const { cause } = error
    if (cause instanceof BrokerError) return new BrokerError(cause.code, { ...cause.details, cause: error })
    return new BrokerError('vendor_unavailable', { detail: 'No connection to the vendor', cause: error })
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const late = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT'
  return new BrokerError('vendor_unavailable', {
    detail: late ? 'The vendor did not answer in time' : 'The vendor’s answer broke off',
    cause: new Error(code),
  })
}
