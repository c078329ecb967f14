import { ERRORS, type ErrorCode } from '@credbroker/core/errors'
import { BrokerApiError, BrokerUnreachableError } from '@credbroker/sdk/errors'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { LocalError, UsageError } from '../usage-error.ts'
import { viewScope } from './views.ts'

/** A refusal as a result, which a model reads: why, and what to do next. */
export const refusal = (error: unknown): CallToolResult => ({
  isError: true,
  content: [{ type: 'text', text: JSON.stringify(factsOf(error)) }],
})

function factsOf(error: unknown): object {
  if (error instanceof BrokerApiError) return saidBy(error)
  if (error instanceof BrokerUnreachableError)
    return {
      code: error.code,
      reason: 'No answer that can be trusted came from the broker; whether it acted is not known.',
      next: 'Do not repeat a change blindly. A person can run `broker doctor`.',
    }
  if (error instanceof UsageError || error instanceof LocalError)
    return { code: 'usage', reason: error.message, ...(error.advice && { next: error.advice }) }
  if (error instanceof TypeError)
    return { code: 'invalid_request', reason: error.message, next: 'Mend the request.' }
  if (error instanceof DOMException) return { code: 'cancelled', reason: 'The call was cancelled.' }
  return { code: 'internal', reason: 'The server failed.', next: 'A person can run `broker doctor`.' }
}

function saidBy({
  code,
  reason,
  todo,
  required,
  retryable,
  approvalId,
  approvalUrl,
  grants,
}: BrokerApiError) {
  return {
    code,
    reason,
    next: todo ?? todoOf(code) ?? 'Call explain_denial, or ask for something narrower.',
    retryable,
    ...(required.length > 0 && { required }),
    ...(approvalId !== undefined && { approval: approvalId }),
    ...(approvalUrl !== undefined && { approval_url: approvalUrl }),
    ...(grants.length > 0 && { scopes: grants.map(viewScope) }),
  }
}

export const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code)

export const todoOf = (code: string): string | undefined => (isCode(code) ? ERRORS[code].todo : undefined)
