import type { ErrorCode } from '@credbroker/core/errors'
import type { ProblemBody } from '@credbroker/core/wire/problem'
import { type Grant, grantFromWire } from './grant.ts'

/** A problem document, as far as it is one; `approval` is what the SDK itself knows. */
type Problem = Partial<ProblemBody> & { readonly status: number; readonly approval?: string }

/**
 * The broker said no, or could not. Branch on {@link BrokerApiError.code}: codes are permanent, texts are not.
 * The texts come from the broker's own tables and from policies; they carry no secret and no echo of a request.
 */
export class BrokerApiError extends Error {
  override readonly name: string = 'BrokerApiError'
  readonly code: ErrorCode | 'unknown'
  readonly status: number
  /** Why, in words an agent can act on. */
  readonly reason: string
  /** What to do next. */
  readonly todo: string | undefined
  /** What would have to be true. */
  readonly required: readonly string[]
  /** Where a person decides. Show it to one; an agent cannot approve. */
  readonly approvalUrl: string | undefined
  /** The question to that person; for the call that is to go on with it. */
  readonly approvalId: string | undefined
  /** Whether the same request may succeed later without anything being changed. */
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined
  readonly requestId: string | undefined
  /** Which fields of the request are at fault, and how. */
  readonly problems: readonly { readonly at: string; readonly message: string }[]
  /** For a task with nothing granted: the reason per scope. */
  readonly grants: readonly Grant[]

  /** @internal */
  constructor(problem: Problem) {
    const reason = problem.detail ?? problem.title ?? 'The broker refused without saying why'
    super(`${reason} [${problem.code ?? problem.status}]`)
    this.code = problem.code ?? 'unknown'
    this.status = problem.status
    this.reason = reason
    this.todo = problem.todo
    this.required = problem.required ?? []
    this.approvalUrl = problem.approval_url
    this.approvalId = problem.approval
    this.retryable = problem.retryable ?? problem.status >= 500
    this.retryAfterSeconds = problem.retry_after
    this.requestId = problem.request_id
    this.problems = problem.problems ?? []
    this.grants = (problem.grants ?? []).map(grantFromWire)
  }
}

/** Refused by a decision: a policy, a guardrail, a freeze, an end. Asking again changes nothing, unless `retryable`. */
export class DeniedError extends BrokerApiError {
  override readonly name = 'DeniedError'
}

/** A person said no. Do not ask for the same again in this task. */
export class ApprovalDeniedError extends BrokerApiError {
  override readonly name = 'ApprovalDeniedError'
}

/** A person has to say yes first, at {@link BrokerApiError.approvalUrl}. */
export class ApprovalRequiredError extends BrokerApiError {
  override readonly name = 'ApprovalRequiredError'
}

/**
 * No answer that can be trusted: refused connection, timeout, redirect, or something that is not a broker.
 * Whether the request took effect is not known.
 */
export class BrokerUnreachableError extends Error {
  override readonly name = 'BrokerUnreachableError'
  readonly code = 'unreachable'
  readonly retryable = true
}

/** The same may succeed in a moment. @internal */
export const isPassing = (error: unknown): boolean =>
  error instanceof BrokerUnreachableError || (error instanceof BrokerApiError && error.retryable)

/** The lease behind a handle that cannot change its user name has ended: make the handle again. */
export class LeaseEndedError extends Error {
  override readonly name = 'LeaseEndedError'
  readonly code = 'lease_ended'
  readonly scope: string

  constructor(scope: string) {
    super(`the lease of ${scope} has ended: ask the task for this handle again`)
    this.scope = scope
  }
}

/** The class that fits a problem document. @internal */
export function apiError(problem: Problem): BrokerApiError {
  if (problem.code === 'approval_required') return new ApprovalRequiredError(problem)
  if (problem.code === 'approval_denied') return new ApprovalDeniedError(problem)
  return problem.status === 403 ? new DeniedError(problem) : new BrokerApiError(problem)
}

const FROM_OAUTH: Readonly<Record<string, ErrorCode>> = {
  invalid_request: 'invalid_request',
  invalid_client: 'unauthenticated',
  invalid_grant: 'invalid_token',
  invalid_dpop_proof: 'invalid_dpop_proof',
  use_dpop_nonce: 'use_dpop_nonce',
  unauthorized_client: 'forbidden',
  access_denied: 'denied',
  invalid_scope: 'invalid_scope',
  invalid_target: 'invalid_target',
  authorization_pending: 'authorization_pending',
  slow_down: 'slow_down',
  expired_token: 'expired_token',
  temporarily_unavailable: 'store_unavailable',
  server_error: 'internal',
}

/** What the token endpoint answers instead of a problem document (RFC 6749 §5.2). @internal */
export function oauthError(
  status: number,
  body: { readonly error?: unknown; readonly error_description?: unknown },
): BrokerApiError {
  const code = FROM_OAUTH[String(body.error)]
  return apiError({
    status,
    ...(code !== undefined && { code }),
    ...(typeof body.error_description === 'string' && { detail: body.error_description }),
    retryable: code === 'store_unavailable' || code === 'use_dpop_nonce',
  })
}
