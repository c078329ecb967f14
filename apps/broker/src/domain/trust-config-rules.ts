import type { ConfigDocument } from '@credbroker/core/config/document'
import type { ClaimTest } from '@credbroker/core/config/trust'
import type { Problem } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { TRUST_PROFILES } from './trust-profile.ts'
import { flatTests } from './trust-rule.ts'

/** Verified with every token; a rule that names them says nothing, or the wrong thing. */
const ALWAYS_CHECKED: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/** Where issuers and trust rules say less than who a workload is, or something that cannot be meant. */
export function trustProblems(document: ConfigDocument): Problem[] {
  const problems: Problem[] = []
  const fault = (at: string, message: string) => problems.push({ at, message })

  const byUrl = new Map<string, string>()
  for (const [name, { url, profile, algorithms = [] }] of Object.entries(document.issuers)) {
    const other = byUrl.get(url)
    if (other !== undefined) fault(`issuers.${name}.url`, `is the one of issuer ${other} too`)
    byUrl.set(url, name)
    if (profile === 'spiffe' && algorithms.includes('EdDSA'))
      fault(`issuers.${name}.algorithms`, 'SPIFFE knows RS, PS and ES only')
  }

  for (const [agent, { trust }] of Object.entries(document.agents)) {
    for (const [i, rule] of trust.entries()) {
      const at = `agents.${agent}.trust.${i}`
      for (const environment of Object.values(rule.environments ?? {})) {
        if (!Object.hasOwn(document.environments, environment))
          fault(`${at}.environments`, `refers to environment ${environment}, which is not declared`)
      }
      if (rule.maxTask !== undefined && rule.maxTask > LIMITS.taskMaxSeconds)
        fault(`${at}.maxTask`, 'at most 8h (I3)')
      const tests = flatTests(rule.claims)
      for (const { path, test } of tests) {
        if (path.length === 1 && ALWAYS_CHECKED.has(path[0] ?? ''))
          fault(`${at}.claims.${path[0]}`, 'is always checked; leave it out')
        const wrong = globProblem(test)
        if (wrong) fault(`${at}.claims.${path.join('.')}`, wrong)
      }
      const issuer = Object.hasOwn(document.issuers, rule.issuer) ? document.issuers[rule.issuer] : undefined
      if (!issuer) {
        fault(`${at}.issuer`, `refers to issuer ${rule.issuer}, which is not declared`)
        continue
      }
      const profile = TRUST_PROFILES[issuer.profile]
      if (!profile.isAnchored(tests))
        fault(`${at}.claims`, `a rule for ${issuer.profile} must bind ${profile.required}`)
      const misplaced = profile.misplaced?.(tests)
      if (misplaced)
        fault(`${at}.claims.${misplaced.path.join('.')}`, 'is chosen by whoever asks for the token')
    }
  }
  return problems
}

function globProblem(test: ClaimTest): string | undefined {
  if (typeof test !== 'object' || Array.isArray(test) || !('glob' in test)) return undefined
  if (!test.glob.includes('*')) return 'has no `*`: write it without `glob`'
  if (test.glob.includes('**')) return '`**` is not known: `*` stays within one segment'
  return undefined
}
