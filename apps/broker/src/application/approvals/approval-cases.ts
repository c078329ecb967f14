import { approvalUrl } from '../../domain/console-url.ts'
import type { Stores } from '../../ports/stores.ts'
import { answerApproval } from './answer-approval.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { approvalOptions } from './approval-options.ts'
import { approvedGrant } from './approved-grant.ts'
import { askApproval } from './ask-approval.ts'
import { besideApprovals } from './beside-approvals.ts'
import { endApprovals } from './end-approvals.ts'
import { findApproval, listApprovals } from './find-approvals.ts'
import { fitApproval } from './fit-approval.ts'

type Parts = Omit<ApprovalDeps, 'approvals' | 'passkeys' | 'audit' | 'tasks'> & {
  readonly stores: Pick<Stores, 'approvals' | 'passkeys' | 'audit' | 'tasks'>
  readonly issuer: string
}

/** Every verb about approvals, bound to its world. */
export function approvalCases({ stores, issuer, ...rest }: Parts) {
  const { approvals, passkeys, audit, tasks } = stores
  const deps: ApprovalDeps = { ...rest, approvals, passkeys, audit, tasks }
  const linkTo = (id: string) => approvalUrl(issuer, id)
  return {
    ask: askApproval(deps),
    fit: fitApproval(deps),
    options: approvalOptions(deps),
    answer: answerApproval(deps),
    find: findApproval(deps),
    list: listApprovals(deps),
    endDue: endApprovals(deps),
    approved: approvedGrant(deps),
    beside: besideApprovals(deps),
    linkTo,
  }
}
