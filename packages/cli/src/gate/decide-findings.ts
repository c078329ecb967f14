import type { ScanClaim } from '@credbroker/core/scan-claim'
import type { GateFinding } from './finding.ts'
import { FoundSecretsError } from './found-secrets.ts'

/** Findings that whoever starts the run lets pass, and why. */
export interface Allowance {
  readonly findings: readonly string[]
  readonly reason: string
}

/**
 * What the start of a task may say of its workspace. Only findings that are there are named: an allowance for one that is gone
 * says nothing. @throws FoundSecretsError where something is neither gone nor allowed
 */
export function decideFindings(found: readonly GateFinding[], { findings, reason }: Allowance): ScanClaim {
  const stopping = found.filter(({ id }) => !findings.includes(id))
  if (stopping.length > 0) throw new FoundSecretsError(stopping)
  if (found.length === 0) return { state: 'clean' }
  return {
    state: 'allowed',
    allowed: [...new Set(found.map(({ id }) => id))].map((finding) => ({ finding, reason })),
  }
}
