import type { Approval } from '../../domain/approval.ts'
import type { SettledGrant } from '../../ports/approval-store.ts'
import type { ApprovalDeps } from './approval-deps.ts'

/** What an answer makes of the grant that waits for it; undefined where it is about something else. */
export async function settleGrant(
  _deps: ApprovalDeps,
  { subject }: Approval,
): Promise<SettledGrant | undefined> {
  if (subject.kind !== 'scope') return undefined
  throw new TypeError('no grant waits for this')
}
