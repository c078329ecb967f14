import { BrokerError } from '@credbroker/core/errors'
import type { Approval } from '../../domain/approval.ts'
import { grantMacFields } from '../../domain/grant.ts'
import { macInput } from '../../domain/row-mac.ts'
import type { SettledGrant } from '../../ports/approval-store.ts'
import type { ApprovalDeps } from './approval-deps.ts'

/**
 * What an answer makes of the grant that waits for it; undefined where it is about something else. Both seals are over what was
 * signed, and only the row that carries the first is given the second, so that a row changed by hand is not sealed as ours (I13).
 */
export async function settleGrant(
  { macs, tasks }: Pick<ApprovalDeps, 'macs' | 'tasks'>,
  { id, state, subject, work, environment }: Approval,
): Promise<SettledGrant | undefined> {
  if (subject.kind !== 'scope' || !work || (state !== 'approved' && state !== 'denied')) return undefined
  const task = (await tasks.find(work.task))?.task
  if (!task) throw new BrokerError('conflict', { detail: 'The task is gone' })
  const sealed = (grantState: 'pending' | 'active') =>
    macs.mac(
      'row',
      macInput(
        'grants',
        grantMacFields(
          {
            id: work.grant,
            task: work.task,
            environment,
            scope: work.scope,
            access: subject.access,
            state: grantState,
            endsAt: new Date(subject.until),
            approval: id,
          },
          { agent: work.agent, jkt: work.jkt, lineage: task.lineage },
        ),
      ),
    )
  const settled = { id: work.grant, before: sealed('pending') }
  // The MAC goes with the authority, as where a grant ends.
  return state === 'approved'
    ? { ...settled, state: 'active', mac: sealed('active') }
    : { ...settled, state: 'denied', mac: '' }
}
