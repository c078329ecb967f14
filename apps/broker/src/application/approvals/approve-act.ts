import { canonicalHash } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import { wideningContext } from '../config/widening-context.ts'
import type { ApproveAct } from './act.ts'
import { approveChange } from './approve-change.ts'
import { ENOUGH_FOR_TWO } from './approve-rows.ts'
import { approversOf, nobodyYet } from './approvers.ts'
import type { ChangeDeps } from './change-question.ts'

/** I4c for passkeys. @throws as {@link approveChange} */
export const approveAct =
  (deps: ChangeDeps): ApproveAct =>
  async (caller, snapshot, { what, lines, user }, given) => {
    const context = wideningContext(snapshot)
    if (!context.anyProtected) return undefined
    const approvers = await approversOf(deps, snapshot)
    if (await nobodyYet(deps, snapshot, approvers)) return undefined
    const environment = context.protected[0] ?? ''
    const empowers = snapshot.user(user)?.roles.includes('approver') && approvers.size >= ENOUGH_FOR_TWO
    const question = {
      caller,
      snapshot,
      hash: canonicalHash(what),
      lines,
      environment,
      level: empowers ? ('two-person' as const) : ('passkey' as const),
      reason: 'It gives somebody a passkey, and with it what their roles allow in protected environments',
    }
    const { before, after, event } = await approveChange(deps, question, given)
    return {
      // Used up before it takes effect: a broker that dies in between has done nothing, and nothing is done twice.
      spend: async () => {
        if (!(await deps.approvals.update(before, after, [event])))
          throw new BrokerError('approval_invalid', { detail: 'It was used' })
      },
    }
  }
