import type { ErrorRow } from './row.ts'

/** About calls through the gateway, and the approvals that they need. */
export const GATEWAY_ERRORS = {
  call_refused: {
    status: 400,
    title: 'The gateway does not read this request',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Read `detail`: it says what about the request is not taken, and how to ask instead.',
  },
  operation_unclassified: {
    status: 403,
    title: 'Nobody has classified this operation of the vendor yet',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Use an operation that the connector knows; denied does not mean that it is safe elsewhere.',
  },
  call_unresolved: {
    status: 403,
    title: 'The call touches nothing that is known to lie in the environment of this task',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Check the ids. What does not exist and what lies elsewhere look alike.',
  },
  budget_exceeded: {
    status: 429,
    title: 'A budget is used up',
    retryable: true,
    oauth: 'temporarily_unavailable',
    todo: 'Wait as long as `retry_after` says; `detail` names the budget: of calls, of reports, of drafts to look at.',
  },
  not_gateway: {
    status: 400,
    title: 'This scope is not called through the gateway',
    retryable: false,
    oauth: 'invalid_scope',
    todo: 'Ask for a credential of it instead: `broker credential`.',
  },
  gateway_only: {
    status: 400,
    title: 'Nothing is minted from this scope',
    retryable: false,
    oauth: 'invalid_scope',
    todo: 'Call through the gateway instead: `broker call`, or `task.fetch`.',
  },
  approval_denied: {
    status: 403,
    title: 'A person denied this',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Do not ask for the same again in this task; talk to the person who denied it.',
  },
  approval_invalid: {
    status: 403,
    title: 'The approval does not fit this request',
    retryable: false,
    oauth: 'access_denied',
    todo: 'An approval is for exactly one request, once, for ten minutes, as things were when it was given. Ask again.',
  },
  approval_not_yours: {
    status: 403,
    title: 'Somebody else has to answer this',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Read `detail`: it says who may.',
  },
} as const satisfies Record<string, ErrorRow>
