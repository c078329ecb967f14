import type { ErrorRow } from './row.ts'

/** About vendors and roots. */
export const VENDOR_ERRORS = {
  root_unusable: {
    status: 409,
    title: 'The root cannot be used here',
    retryable: false,
    oauth: 'invalid_target',
    todo: '`broker root check NAME` says what it reaches and why.',
  },
  reach_refused: {
    status: 409,
    title: 'The credential reaches past its environment',
    retryable: false,
    oauth: 'invalid_target',
    todo: 'Do what `problems` says at the vendor, then try again.',
  },
  ttl_below_floor: {
    status: 409,
    title: 'The vendor cannot issue a credential this short',
    retryable: false,
    oauth: 'invalid_request',
    todo: 'Ask for a longer task, or a provider that can end sessions.',
  },
  vendor_refused: {
    status: 502,
    title: 'The vendor refused',
    retryable: false,
    oauth: 'server_error',
    todo: '`broker root check NAME` tries the root credential and says what is missing.',
  },
  vendor_unavailable: {
    status: 504,
    title: 'The vendor cannot be reached, or did not answer in time',
    retryable: true,
    oauth: 'temporarily_unavailable',
    todo: 'See that its address is right and answers the broker, and try again; what the vendor may have created late is revoked by itself.',
  },
} as const satisfies Record<string, ErrorRow>
