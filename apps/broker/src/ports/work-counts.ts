/** What goes on, counted by the database. */
export interface WorkCounts {
  readonly tasks: readonly { readonly environment: string; readonly live: number }[]
  readonly approvals: { readonly waiting: number; readonly oldestAt: Date | null }
  readonly leases: readonly { readonly provider: string; readonly state: string; readonly count: number }[]
  readonly revoking: { readonly count: number; readonly oldestAt: Date | null }
}

export interface DenialCount {
  readonly code: string
  readonly hour: Date
  readonly count: number
}

export interface WorkCounter {
  count(): Promise<WorkCounts>
  /** Of the last 24 hours. */
  denials(): Promise<DenialCount[]>
}
