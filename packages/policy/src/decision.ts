import type { ApprovalLevel } from './request.ts'

/** Why not, in words an agent may see, and which policy says so. */
export interface Reason {
  readonly policy: string
  readonly reason: string
}

/**
 * The answer. `policies` are the ids that determined it, sorted. `approval` means: exactly this would be permitted
 * with an approval of `level`, and is denied without. Frozen, because answers are reused.
 */
export type Decision =
  | { readonly verdict: 'permit'; readonly policies: readonly string[] }
  | {
      readonly verdict: 'approval'
      readonly level: ApprovalLevel
      readonly policies: readonly string[]
      readonly reasons: readonly Reason[]
    }
  | { readonly verdict: 'deny'; readonly policies: readonly string[]; readonly reasons: readonly Reason[] }

/** Rules of the decision itself, named like guardrails so that a receipt can name them too. No policy may take these ids. */
export const BUILT_IN = {
  breakGlass: 'guardrail:break-glass',
  denyByDefault: 'guardrail:deny-by-default',
  errorsDeny: 'guardrail:errors-deny',
  knownRequests: 'guardrail:known-requests',
} as const

export const permit = (policies: readonly string[]): Decision =>
  Object.freeze({ verdict: 'permit', policies: Object.freeze([...policies].sort()) })

export const deny = (policies: readonly string[], reasons: readonly Reason[]): Decision =>
  Object.freeze({
    verdict: 'deny',
    policies: Object.freeze([...policies].sort()),
    reasons: Object.freeze(reasons.map((reason) => Object.freeze({ ...reason }))),
  })

export const needsApproval = (
  level: ApprovalLevel,
  policies: readonly string[],
  reasons: readonly Reason[],
): Decision => Object.freeze({ ...deny(policies, reasons), verdict: 'approval', level } as Decision)
