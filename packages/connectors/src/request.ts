import type { Secret } from '@credbroker/core/secret'

/** What the client sent, after `/gateway/<scope>`. Every byte of it is hostile. */
export interface ClientRequest {
  readonly method: string
  /** Path and query as they came, undecoded: `/graphql/v2?a=1`. */
  readonly target: string
  /** As they came, in order, duplicates kept. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/**
 * What is sent instead, made from operations alone. It has no host, scheme or port, because those come from the root,
 * and no credential, so that its hash can be shown, approved and stored.
 */
export interface UpstreamRequest {
  readonly method: string
  /** Path and query, encoded. */
  readonly target: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Where the body is no text; the request itself stays plain JSON. */
  readonly bodyEncoding?: 'base64'
}

/** Where a root may be sent, and how it is shown there. The address comes from the root: it is bound to its credential. */
export interface Upstream {
  /** `https://backboard.railway.com`: no path, no trailing slash. */
  readonly origin: string
  /** Lower-case names. Added to the request last, in place of anything of that name. */
  readonly credential: Readonly<Record<string, Secret>>
}

/**
 * Asks the vendor with the root, to find out what a call touches. It dials what {@link Upstream} says through the guarded
 * egress, spends the budget of resolutions, and writes no log of bodies. What it answers comes from the vendor: parse it.
 *
 * @throws {BrokerError} `vendor_unavailable`, `vendor_refused`
 */
export interface UpstreamReader {
  /** The host of the root, lower-case, with its port where it has one. */
  readonly host: string
  /** `fresh`: from the vendor now, never from a cache. Asked for wherever the call is dangerous. */
  read(
    request: UpstreamRequest,
    how: { readonly fresh: boolean },
  ): Promise<{ readonly status: number; readonly body: string }>
}
