import type { ErrorRow } from './row.ts'

/** About who asks. */
export const IDENTITY_ERRORS = {
  unauthenticated: {
    status: 401,
    title: 'No valid token',
    retryable: false,
    oauth: 'invalid_client',
    todo: 'Run `broker whoami`; an enrolled key gets a new token by itself.',
  },
  invalid_token: {
    status: 401,
    title: 'The token is expired, foreign or malformed',
    retryable: false,
    oauth: 'invalid_grant',
    todo: 'Ask for a new token.',
  },
  invalid_dpop_proof: {
    status: 401,
    title: 'The DPoP proof does not fit the request',
    retryable: false,
    oauth: 'invalid_dpop_proof',
    todo: 'Sign a fresh proof for this method, URL and token with the key the token is bound to.',
  },
  replayed_proof: {
    status: 401,
    title: 'The DPoP proof was used before',
    retryable: false,
    oauth: 'invalid_dpop_proof',
    todo: 'Sign a fresh proof for every request.',
  },
  use_dpop_nonce: {
    status: 401,
    title: 'Sign the proof again with the nonce in DPoP-Nonce',
    retryable: true,
    oauth: 'use_dpop_nonce',
    todo: 'Repeat the request with the nonce; check this machine’s clock.',
  },
  enrolment_invalid: {
    status: 401,
    title: 'The enrolment token is unknown, used or over',
    retryable: false,
    oauth: 'invalid_grant',
    todo: 'Ask an operator for a new one: `broker agent invite NAME`.',
  },
  passkey_invalid: {
    status: 401,
    title: 'The passkey’s answer was not accepted',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Try again with a passkey that is registered here, in the browser window that asked for it.',
  },
  recovery_code_invalid: {
    status: 401,
    title: 'The recovery code is unknown or was used before',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Use another of the ten codes, or ask an administrator for an invitation.',
  },
  sso_failed: {
    status: 401,
    title: 'Single sign-on did not succeed',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Begin again at the sign-in page; an operator finds the cause in the log by the request id.',
  },
  step_up_required: {
    status: 403,
    title: 'This needs a passkey, used within the last five minutes',
    retryable: true,
    oauth: 'insufficient_user_authentication',
    todo: 'Confirm with a passkey in the console (`POST /v1/passkeys/assertion/options` and `…/verify`), then repeat.',
  },
  forbidden: {
    status: 403,
    title: 'This identity may not do that',
    retryable: false,
    oauth: 'unauthorized_client',
    todo: 'Ask someone whose role allows it.',
  },
} as const satisfies Record<string, ErrorRow>
