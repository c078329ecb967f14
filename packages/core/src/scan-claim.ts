/** What a client did about stray secrets before a task: found none, let some pass with a reason, or did not look. */
export const SCAN_STATES = ['clean', 'allowed', 'off'] as const
export type ScanState = (typeof SCAN_STATES)[number]

/** Claimed by the client about the place where the work is done, and shown as a claim. */
export interface ScanClaim {
  readonly state: ScanState
  /** What was let pass: the id that `broker scan` gives a finding, and why. At most 20; some exactly where the state says so. */
  readonly allowed?: readonly { readonly finding: string; readonly reason: string }[] | undefined
  /** What works there is confined to a sandbox. */
  readonly sandbox?: boolean | undefined
}

/** What of it stays with the task, and policy sees. What was let pass is in the log. */
export interface KeptScan {
  readonly state: ScanState
  readonly sandbox: boolean
}
