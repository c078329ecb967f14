import { ACCESS, type Access, sortAccess } from '@credbroker/core/access'
import type { Assessment } from '../provider.ts'
import { accessOf, overwrites } from './access.ts'
import { parseRoleArn } from './arn.ts'
import { buildSessionPolicy } from './session-policy.ts'
import type { AwsSpec } from './spec.ts'

const EVIDENCE = 20

/**
 * What the session policy lets a session do. The session does no more than that and no more than its role, so this is an
 * upper bound whatever the role becomes; nothing has to be asked of AWS.
 */
export function assessSpec(spec: AwsSpec): Assessment {
  const because = new Map<Access, string[]>()
  for (const { Action = [], Resource } of buildSessionPolicy(spec).allowed)
    for (const action of Action)
      for (const access of accessOf(action)) {
        const known = because.get(access) ?? []
        because.set(access, known)
        known.push(
          `${action} on ${inWords(Resource)}${access === 'write' && overwrites(action) ? OVERWRITES : ''}`,
        )
      }
  const role = parseRoleArn(spec.roleArn)
  const access = sortAccess(because.keys())
  return { access, evidence: evidenceOf(access, because), reach: role ? [role.anchor] : [], findings: [] }
}

const OVERWRITES = ': replaces what is there, for good where no versions are kept'

const inWords = (resources: readonly string[]): string => {
  const [first = '*', ...more] = resources.map((each) => (each === '*' ? 'everything in the account' : each))
  return more.length === 0 ? first : `${first} and ${more.length} more`
}

/** At least one reason for each level, then further ones in turn. */
function evidenceOf(access: readonly Access[], because: ReadonlyMap<Access, readonly string[]>) {
  const dangerousFirst = [...ACCESS].reverse().filter((level) => level !== 'read' && access.includes(level))
  const evidence: { access: Access; because: string }[] = []
  for (let turn = 0; evidence.length < EVIDENCE; turn++) {
    const round = dangerousFirst.flatMap((level) => {
      const reason = because.get(level)?.[turn]
      return reason === undefined ? [] : [{ access: level, because: reason }]
    })
    if (round.length === 0) return evidence
    evidence.push(...round)
  }
  return evidence.slice(0, EVIDENCE)
}
