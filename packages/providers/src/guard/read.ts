import { sortAccess } from '@credbroker/core/access'
import { BrokerError } from '@credbroker/core/errors'
import type { AnyProvider, Assessment, Finding, Inspection } from '../provider.ts'
import type { Redact } from './visible-text.ts'

const EVIDENCE = 20
const MOST = 1000

const anchors = (provider: AnyProvider, reach: readonly string[]): readonly string[] => {
  for (const anchor of reach)
    if (!provider.anchor.accepts(anchor))
      throw new BrokerError('vendor_refused', {
        detail: `The vendor named an identity that is not ${provider.anchor.syntax}`,
      })
  return [...new Set(reach)].sort().slice(0, MOST)
}

const findings = (found: readonly Finding[], redact: Redact): readonly Finding[] =>
  found.slice(0, MOST).map(({ level, code, message }) => ({ level, code, message: redact(message) }))

/** More identities than anybody anchors are an unreadable reach, not a shortened one. */
export const cleanInspection = (provider: AnyProvider, seen: Inspection, redact: Redact): Inspection => ({
  reach: anchors(provider, seen.reach),
  complete: seen.complete && seen.reach.length <= MOST,
  identity: redact(seen.identity),
  findings: findings(seen.findings, redact),
})

/** Never less than the kind computed: an empty answer is `admin` (I4b). */
export const cleanAssessment = (provider: AnyProvider, seen: Assessment, redact: Redact): Assessment => {
  const access = sortAccess(seen.access)
  if (seen.reach.length > MOST)
    throw new BrokerError('reach_refused', {
      detail: `It reaches more than ${MOST} identities at the vendor`,
    })
  return {
    access: access.length > 0 ? access : ['admin'],
    evidence: seen.evidence
      .slice(0, EVIDENCE)
      .map(({ access: level, because }) => ({ access: level, because: redact(because) })),
    reach: anchors(provider, seen.reach),
    findings: findings(seen.findings, redact),
  }
}
