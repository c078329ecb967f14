import { BrokerError } from '@credbroker/core/errors'
import { type Approval, stateAt } from '../../domain/approval.ts'
import type { ApprovalFilter } from '../../ports/approval-store.ts'
import type { Sealed } from '../../ports/people.ts'
import { type Caller, requireRole } from '../identity/caller.ts'
import { isIntact } from '../people/sealed-row.ts'
import type { ApprovalDeps } from './approval-deps.ts'

type Deps = Pick<ApprovalDeps, 'approvals' | 'macs' | 'clock'>

/** A task sees its own, an agent those of its tasks, a person who may look all. A row that is not ours is not shown. */
const visible = (caller: Caller): Pick<ApprovalFilter, 'agent' | 'task'> => {
  if (caller.kind === 'task') return { task: caller.task }
  if (caller.kind === 'agent') return { agent: caller.name }
  requireRole(caller, 'viewer')
  return {}
}

export interface ApprovalPage {
  readonly items: Approval[]
  /** The cursor of what follows, where there may be more: rows that are not shown end no list. */
  readonly next: string | undefined
}

export const listApprovals =
  ({ approvals, macs, clock }: Deps) =>
  async (caller: Caller, filter: Omit<ApprovalFilter, 'agent' | 'task'>): Promise<ApprovalPage> => {
    const rows = await approvals.list({ ...filter, ...visible(caller) })
    const intact = rows.filter((row) => isIntact(macs, 'approvals', row))
    return {
      items: intact.map(({ body }) => shown(body, clock.now())),
      next: rows.length === filter.limit ? rows.at(-1)?.body.id : undefined,
    }
  }

/** @throws BrokerError `not_found`, also where it is somebody else's */
export const findApproval =
  ({ approvals, macs, clock }: Deps) =>
  async (caller: Caller, id: string): Promise<Approval> => {
    const { agent, task } = visible(caller)
    const row: Sealed<Approval> | undefined = await approvals.find(id)
    const own =
      row &&
      (task === undefined || row.body.work?.task === task) &&
      (agent === undefined || row.body.work?.agent === agent)
    if (!row || !own || !isIntact(macs, 'approvals', row)) throw new BrokerError('not_found')
    return shown(row.body, clock.now())
  }

const shown = (body: Approval, now: Date): Approval => ({ ...body, state: stateAt(body, now) })
