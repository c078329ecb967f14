import type { ErrorRow } from './row.ts'

/** What is wrong with the request itself. */
export const REQUEST_ERRORS = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Correct the fields named in `problems`.',
  },
  body_too_large: {
    status: 413,
    title: 'The request body is over the limit',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Send less than the limit named in the detail.',
  },
  not_found: {
    status: 404,
    title: 'No such thing here, or not yours to see',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Check the name or id.',
  },
  conflict: {
    status: 409,
    title: 'It exists already, or changed since you read it',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Read it again and decide on what is there now.',
  },
  idempotency_mismatch: {
    status: 422,
    title: 'This idempotency key was used for another request',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Use a fresh Idempotency-Key for a different request.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This path takes other methods',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Send the request with the method that `Allow` names.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has another content type than this route takes',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Send `Content-Type: application/json`; at OAuth endpoints `application/x-www-form-urlencoded`.',
  },
} as const satisfies Record<string, ErrorRow>
