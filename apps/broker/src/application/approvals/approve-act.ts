import { canonicalHash, type Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { wideningContext } from '../config/widening-context.ts'
import type { Caller } from '../identity/caller.ts'
import { approveChange, type ChangeDeps } from './approve-change.ts'
import { ENOUGH_FOR_TWO } from './approve-rows.ts'
import { approversOf } from './approvers.ts'

/** Something that widens without being a row of the configuration: a way for a person to come by a passkey. */
export interface Act {
  /** Everything that is particular about it; what is approved is exactly this. */
  readonly what: Json
  readonly lines: readonly string[]
  /** Whose passkey it would be. */
  readonly user: string
}

/** Takes the approval's one use; undefined where nobody has to be asked. */
export type ApproveAct = (
  caller: Caller,
  snapshot: ConfigSnapshot,
  act: Act,
  given: string | undefined,
) => Promise<{ readonly spend: () => Promise<void> } | undefined>

/** I4c for passkeys. @throws as {@link approveChange} */
export const approveAct =
  (deps: ChangeDeps): ApproveAct =>
  async (caller, snapshot, { what, lines, user }, given) => {
    const context = wideningContext(snapshot)
    if (!context.anyProtected) return undefined
    const approvers = await approversOf(deps, snapshot)
    if (approvers.size === 0) return undefined
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
