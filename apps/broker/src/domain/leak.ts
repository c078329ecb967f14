import type { AuditEventFields } from '@credbroker/core/audit/event'

/** Whoever told of found secrets, as the log says it. */
export interface Reporter {
  readonly actor: AuditEventFields['actor']
  readonly request: string
}

/** What is kept of a found value: enough to find out whose it is, and nothing to use it with. */
export interface Trace {
  /** Keyed digests of all that it may be a secret part as. */
  readonly parts: readonly string[]
  /** Set where it has the form of what the broker itself gives out. */
  readonly own?: OwnTrace
}

export type OwnTrace =
  | { readonly what: 'enrolment' | 'setup-code' | 'session' | 'login'; readonly digest: string }
  | { readonly what: 'loopback' }
  | { readonly what: 'access-token'; readonly principal: string }
  | { readonly what: 'task-token'; readonly principal: string; readonly task: string }

/** A report that is looked at after its answer. */
export interface KeptReport extends Reporter {
  readonly traces: readonly Trace[]
}
