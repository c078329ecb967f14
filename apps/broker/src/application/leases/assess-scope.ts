import { type Access, sortAccess } from '@credbroker/core/access'
import { covers } from '@credbroker/core/anchor'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { GuardedProvider } from '@credbroker/providers/guard'
import type { Anchor, Environment, Scope } from '../../domain/config.ts'
import { speakFor } from '../roots/speak-for.ts'

export type ScopeOrder = Omit<Scope, 'access' | 'evidence' | 'disabled'>

/**
 * Asks the vendor what a credential of this scope could do (I4b) and reach (I2). What was declared can only raise the
 * access. @throws BrokerError `reach_refused`, `vendor_refused`, `vendor_unavailable`
 */
export async function assessScope(
  provider: GuardedProvider,
  root: Secret,
  order: ScopeOrder,
  environment: Environment,
  anchors: readonly Anchor[],
): Promise<{ scope: Scope; raised: readonly Access[] }> {
  const asking = speakFor(provider, { name: order.root, environment: environment.name })
  const assessment = await asking.assess(root, order.allow)
  const own = anchors.filter(
    (anchor) => anchor.vendor === provider.vendor && anchor.environment === environment.name,
  )
  const at = `scopes.${order.name}`
  const problems: Problem[] = [
    ...assessment.findings.filter(({ level }) => level === 'unsafe').map(({ message }) => ({ at, message })),
    ...assessment.reach
      .filter((one) => !own.some(({ id }) => covers(id, one)))
      .map((one) => ({ at, message: `its credentials could reach ${one}, outside ${environment.name}` })),
  ]
  const access = sortAccess([...assessment.access, ...order.declaredAccess])
  // What several environments share, a protected one among them, may only be read.
  const shared = assessment.reach.some((one) => own.some(({ id, shared }) => shared && covers(id, one)))
  if (shared && environment.tier === 'protected' && access.some((level) => level !== 'read')) {
    problems.push({ at, message: 'a shared anchor of a protected environment is for read only' })
  }
  if (problems.length > 0) throw new BrokerError('reach_refused', { problems })
  const raised =
    order.declaredAccess.length === 0 ? [] : access.filter((level) => !order.declaredAccess.includes(level))
  return { scope: { ...order, disabled: false, access, evidence: assessment.evidence.slice(0, 20) }, raised }
}
