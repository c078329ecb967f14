import type { Approval } from '../../domain/approval.ts'
import { type Caller, hasRole, isSession } from '../identity/caller.ts'
import { isIntact } from '../people/sealed-row.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { whyNot } from './who-may-answer.ts'

type Deps = Pick<ApprovalDeps, 'approvals' | 'passkeys' | 'macs' | 'config'>

/** What is no part of a question, and said to whoever looks at it. */
export interface Beside {
  /** Credentials, under the grant that it is about. */
  readonly minted: number
  /** Why it is not for them to answer. */
  readonly notYours: string | undefined
}

/** However many questions are looked at, the database is asked as often as for one. */
export const besideApprovals =
  (deps: Deps) =>
  async (caller: Caller, all: readonly Approval[]): Promise<(one: Approval) => Beside> => {
    const grants = all.flatMap(({ subject, work }) => (subject.kind === 'scope' && work ? [work.grant] : []))
    const [minted, notYours] = await Promise.all([
      grants.length > 0 ? deps.approvals.minted(grants) : undefined,
      all.some(({ state }) => state === 'pending') ? whyNotAnswer(deps, caller) : undefined,
    ])
    return (one) => ({
      minted: (one.work && minted?.get(one.work.grant)) ?? 0,
      notYours: one.state === 'pending' ? notYours?.(one) : undefined,
    })
  }

async function whyNotAnswer(
  deps: Deps,
  caller: Caller,
): Promise<((one: Approval) => string | undefined) | undefined> {
  if (caller.kind !== 'user') return undefined
  if (!hasRole(caller, 'approver')) return () => 'You do not have the role approver'
  if (!isSession(caller)) return () => 'Only a person at the console may answer, not a key'
  const [{ snapshot }, passkeys] = await Promise.all([deps.config.current(), genuinePasskeys(deps)])
  return (one) => whyNot(one, caller.name, snapshot, passkeys)
}

/** Those whose rows are ours. */
export async function genuinePasskeys({ passkeys, macs }: Pick<Deps, 'passkeys' | 'macs'>) {
  const rows = await passkeys.list()
  return rows.filter((row) => isIntact(macs, 'passkeys', row)).map(({ body }) => body)
}
