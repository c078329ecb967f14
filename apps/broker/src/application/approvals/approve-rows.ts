import type { ApprovalLevel } from '@credbroker/policy/request'
import type { User } from '../../domain/config.ts'
import type { RowChange } from '../../domain/config-diff.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { environmentsOf, needsApproval } from '../../domain/widening.ts'
import { wideningContext } from '../config/widening-context.ts'
import type { Caller } from '../identity/caller.ts'
import { approveChange } from './approve-change.ts'
import { approversOf, nobodyYet } from './approvers.ts'
import type { ChangeDeps, SpentApproval } from './change-question.ts'
import { changeHash, changeLines } from './describe-change.ts'

/** Undefined where nobody has to be asked: nothing widens, or nobody could approve yet. */
export type ApproveRows = (
  caller: Caller,
  snapshot: ConfigSnapshot,
  changes: readonly RowChange[],
  given: string | undefined,
) => Promise<SpentApproval | undefined>

/** I4c for whatever is stored as configuration. @throws as {@link approveChange} */
export const approveRows =
  (deps: ChangeDeps): ApproveRows =>
  async (caller, snapshot, changes, given) => {
    const context = wideningContext(snapshot, changes)
    if (!context.anyProtected) return undefined
    const approvers = await approversOf(deps, snapshot)
    const silencing = approvers.size > 0 && !someoneRemains([...approvers.keys()], changes)
    const widens = (change: RowChange) =>
      needsApproval(change, context) || (silencing && change.table === 'users')
    const widening = changes.filter(widens)
    // What narrows is possible also where nobody can approve any more.
    if (widening.length === 0 || (await nobodyYet(deps, snapshot, approvers))) return undefined
    const touched = widening.flatMap(environmentsOf).filter(context.isProtected).sort()
    const environment = touched[0] ?? context.protected[0] ?? ''
    const question = {
      caller,
      snapshot,
      hash: changeHash(changes),
      lines: changeLines(changes, widens),
      environment,
      level: levelOf(widening, approvers.size),
      reason: `It changes what the protected environment ${environment} allows`,
    }
    return await approveChange(deps, question, given)
  }

/**
 * Without anybody who could approve, nothing that is protected could be changed any more. Disabling the last approver is therefore
 * no mere disabling.
 */
const someoneRemains = (approvers: readonly string[], changes: readonly RowChange[]): boolean => {
  const users = new Map(
    changes.flatMap(({ table, after }) => (table === 'users' && after ? [[after.name, after]] : [])),
  )
  return approvers.some((name) => {
    const after = users.get(name)
    return !after || (!after.disabled && after.roles.includes('approver'))
  })
}

/** Who may do what is for two to decide where there are enough who could. */
export const ENOUGH_FOR_TWO = 3

function levelOf(widening: readonly RowChange[], approvers: number): ApprovalLevel {
  const roles = (user: User | undefined) => (user && !user.disabled ? [...user.roles].sort().join(' ') : '')
  const empowers = widening.some(
    ({ table, before, after }) => table === 'users' && roles(before as User) !== roles(after as User),
  )
  return empowers && approvers >= ENOUGH_FOR_TWO ? 'two-person' : 'passkey'
}
