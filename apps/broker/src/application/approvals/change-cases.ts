import { approveAct } from './approve-act.ts'
import type { ChangeDeps } from './approve-change.ts'
import { approveRows } from './approve-rows.ts'

/** I4c: what each verb asks that widens something, by whether it writes rows of the configuration. */
export const changeCases = (deps: ChangeDeps) => ({ rows: approveRows(deps), act: approveAct(deps) })
