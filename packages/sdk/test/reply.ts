export interface Reply {
  readonly status: number
  /** Sent as JSON. */
  readonly body: unknown
  /** Sent as it is, in place of `body`. */
  readonly stream?: string | Uint8Array | AsyncIterable<string | Uint8Array>
  readonly headers?: Record<string, string>
}
/** Answers a request before the fake does; undefined lets it through. */
export type Interceptor = (request: {
  method: string
  path: string
}) => Reply | 'hang up' | 'stall' | undefined
