import type { Upstream, UpstreamRequest } from '@credbroker/connectors/request'

export interface UpstreamAnswer {
  readonly status: number
  /** Lower-case names, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** As it comes. Left before its end, the connection is closed. */
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * The way out to vendors: resolves the name once, checks every address, dials the checked one, verifies the certificate,
 * follows no redirect.
 */
export interface Egress {
  /** @throws {BrokerError} `vendor_unavailable` */
  send(upstream: Upstream, request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer>
}

