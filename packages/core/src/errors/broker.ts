import type { ErrorRow } from './row.ts'

/** About the broker itself. */
export const BROKER_ERRORS = {
  config_invalid: {
    status: 400,
    title: 'The configuration breaks a rule',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Correct the places named in `problems`.',
  },
  audit_unavailable: {
    status: 503,
    title: 'The audit record could not be written',
    retryable: true,
    oauth: 'temporarily_unavailable',
    todo: 'Nothing was done. Try again when the database answers.',
  },
  store_unavailable: {
    status: 503,
    title: 'The database does not answer',
    retryable: true,
    oauth: 'temporarily_unavailable',
    todo: 'Try again; the broker reconnects by itself.',
  },
  receipt_pending: {
    status: 409,
    title: 'The log does not cover all of the task yet',
    retryable: true,
    oauth: 'temporarily_unavailable',
    todo: 'Ask again after `Retry-After`: records are numbered and signed a moment after they are written.',
  },
  capability_absent: {
    status: 501,
    title: 'This provider cannot do that',
    retryable: false,
    oauth: 'unsupported_grant_type',
    todo: 'See docs/providers for what each provider can do.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong inside the broker',
    retryable: false,
    oauth: 'server_error',
    todo: 'Give the request id to an operator.',
  },
} as const satisfies Record<string, ErrorRow>
