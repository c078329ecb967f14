/** One code: what it is, and what the caller can do about it. */
export interface ErrorRow {
  readonly status: number
  readonly title: string
  readonly retryable: boolean
  readonly oauth: string
  readonly todo: string
}
