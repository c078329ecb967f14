import type { Approval } from '../../domain/approval.ts'

/**
 * Nothing was done: people have been asked, or have answered and the request has to come again with the id. Thrown past all
 * that would have changed something; the answer is 202 with the approval.
 */
export class ApprovalPending extends Error {
  override readonly name = 'ApprovalPending'
  readonly approval: Approval

  constructor(approval: Approval) {
    super('A person has to approve this')
    this.approval = approval
  }
}
