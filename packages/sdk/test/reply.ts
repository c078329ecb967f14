export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Record<string, string>
}
/** Answers a request before the fake does; undefined lets it through. */
export type Interceptor = (request: {
  method: string
  path: string
}) => Reply | 'hang up' | 'stall' | undefined
