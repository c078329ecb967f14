import type { Upstream, UpstreamRequest } from '@credbroker/connectors/request'

export interface UpstreamAnswer {
  readonly status: number
  /** Lower-case names, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** As it comes. Left before its end, the connection is closed. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Why nothing reached the vendor. As the cause of an error it says that the call certainly did not happen. */
export class NotSent extends Error {
  override readonly name = 'NotSent'

  constructor(cause: unknown) {
    super('nothing was sent', { cause })
  }
}

/**
 * The way out to vendors: resolves the name once, checks every address, dials the checked one, verifies the certificate,
 * follows no redirect.
 */
export interface Egress {
  /** @throws {BrokerError} `vendor_unavailable`, `root_unusable`; caused by {@link NotSent} where nothing was sent */
  send(upstream: Upstream, request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer>
}
