import type { ApprovalLevel } from '@credbroker/policy/request'
import type { Approval, AskedRequest } from '../../domain/approval.ts'
import type { Sealed } from '../../ports/people.ts'
import type { TaskCaller } from '../identity/caller.ts'
import type { Allowed } from '../leases/check-use.ts'

/** What a call would do, ready to be put to a person: nothing in it is the client's word. */
export interface CallQuestion {
  readonly caller: TaskCaller
  readonly allowed: Pick<Allowed, 'task' | 'grant' | 'agent' | 'scope'>
  readonly requests: readonly AskedRequest[]
  readonly level: ApprovalLevel
  readonly policies: readonly string[]
  readonly policyVersion: string
  readonly reason: string
}

/**
 * Puts it to people, once: the same question that waits, or that was approved and not used, is answered with what there is.
 * @throws BrokerError `approval_denied`, `too_many`, `protected_without_approver`
 */
export type AskApproval = (question: CallQuestion) => Promise<Approval>

/**
 * Whether this approval is for exactly this request, as things are now. `after` is the approval with the request used up, to be stored
 * in the statement that makes the intent durable.
 * @throws BrokerError `approval_invalid`, `approval_denied`; `approval_required` while it waits
 */
export type FitApproval = (
  id: string,
  question: Omit<CallQuestion, 'level' | 'policies' | 'reason'>,
) => Promise<{
  readonly level: ApprovalLevel
  readonly before: Sealed<Approval>
  readonly after: Sealed<Approval>
}>
