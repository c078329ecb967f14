import type { Stores } from '../../ports/stores.ts'
import { approveAct } from './approve-act.ts'
import { approveRows } from './approve-rows.ts'
import type { ChangeDeps } from './change-question.ts'

type Parts = Omit<ChangeDeps, 'approvals' | 'passkeys'> & {
  readonly stores: Pick<Stores, 'approvals' | 'passkeys'>
}

/** I4c: what each verb asks that widens something, by whether it writes rows of the configuration. */
export function changeCases({ stores: { approvals, passkeys }, ...rest }: Parts) {
  const deps: ChangeDeps = { ...rest, approvals, passkeys }
  return { rows: approveRows(deps), act: approveAct(deps) }
}
