import { BrokerError } from '@credbroker/core/errors'
import type { ApprovalLevel } from '@credbroker/policy/request'
import type { Approval } from '../../domain/approval.ts'
import { challengeOf } from '../../domain/signed-question.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { isIntact } from '../people/sealed-row.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { approversOf } from './approvers.ts'

const NEEDED: Readonly<Record<ApprovalLevel, number>> = { passkey: 1, 'two-person': 2 }

/**
 * Whether enough people who may approve now have signed exactly this: each assertion is verified again over what is stored, so that a
 * row by itself proves nothing.
 * @throws BrokerError `approval_invalid`
 */
export async function verifyAnswers(
  deps: Pick<ApprovalDeps, 'passkeys' | 'webauthn' | 'macs' | 'deployment' | 'clock'>,
  snapshot: ConfigSnapshot,
  approval: Approval,
): Promise<void> {
  const able = await approversOf(deps, snapshot)
  const now = deps.clock.now().getTime()
  const signed = new Set<string>()
  for (const answer of approval.answers) {
    const { user, passkey, verdict, reason, expiry, assertion } = answer
    if (verdict !== 'approve' || Date.parse(expiry) <= now || !able.get(user)?.has(passkey)) continue
    const stored = (await deps.passkeys.list(user)).find(({ body }) => body.id === passkey)
    if (!stored || !isIntact(deps.macs, 'passkeys', stored)) continue
    const challenge = challengeOf(approval, deps.deployment, { user, verdict, reason, expiry })
    const verified = await deps.webauthn.verifyAssertion(assertion, challenge, stored.body).then(
      () => true,
      () => false,
    )
    if (verified) signed.add(user)
  }
  if (signed.size < NEEDED[approval.level])
    throw new BrokerError('approval_invalid', {
      detail: 'Whoever approved it may not approve any more, or did not sign this',
    })
}
