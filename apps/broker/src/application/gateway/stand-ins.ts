import { BrokerError } from '@credbroker/core/errors'
import type { AskApproval, FitApproval } from '../approvals/call-question.ts'

/** Until people can be asked: nobody is, and nothing was approved. */
export const nobodyAsked: { readonly ask: AskApproval; readonly fit: FitApproval } = {
  ask: async () => {
    throw new BrokerError('approval_required', { required: ['approval:passkey'] })
  },
  fit: async () => {
    throw new BrokerError('approval_invalid')
  },
}
