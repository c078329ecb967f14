// biome-ignore-all lint/style/noExcessiveLinesPerFile: it is one table, so that nobody has to look for a code in two places
/**
 * Every error a caller can meet. A code is permanent: it is documented in docs/errors.md (generated from this table),
 * and programs branch on it. `oauth` is the code that OAuth endpoints answer instead (RFC 6749 §5.2 fixes their set).
 */
export const ERRORS = {
  // The request
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
  // Only at OAuth endpoints
  unsupported_grant_type: {
    status: 400,
    title: 'This grant type is not offered',
    retryable: false,
    oauth: 'unsupported_grant_type',
    todo: '`/.well-known/oauth-authorization-server` lists those that are.',
  },
  unsupported_token_type: {
    status: 400,
    title: 'A token of this kind cannot be revoked by itself',
    retryable: false,
    oauth: 'unsupported_token_type',
    todo: 'It ends within minutes. To end the key it is bound to: `broker logout`.',
  },
  invalid_scope: {
    status: 400,
    title: 'The scope parameter is missing or not valid',
    retryable: false,
    oauth: 'invalid_scope',
    todo: 'Name scopes of the configuration, separated by single spaces.',
  },
  invalid_target: {
    status: 400,
    title: 'The token would be for somebody else than this broker',
    retryable: false,
    oauth: 'invalid_target',
    todo: 'Send one `resource` (or `audience`) at most: the issuer.',
  },
  invalid_authorization_details: {
    status: 400,
    title: 'The authorization details are not valid',
    retryable: false,
    oauth: 'invalid_authorization_details',
    todo: 'docs/oauth.md says which type and fields there are.',
  },
  authorization_pending: {
    status: 400,
    title: 'Nobody has answered yet',
    retryable: true,
    oauth: 'authorization_pending',
    todo: 'Ask again after the interval.',
  },
  slow_down: {
    status: 400,
    title: 'Asked too soon',
    retryable: true,
    oauth: 'slow_down',
    todo: 'Wait five seconds longer between requests from now on.',
  },
  expired_token: {
    status: 400,
    title: 'The device code is over',
    retryable: false,
    oauth: 'expired_token',
    todo: 'Begin again: `broker login`.',
  },
  // Who asks
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
  // What was decided
  denied: {
    status: 403,
    title: 'Denied by policy',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Read `reason`; `broker policy explain` says which policy decided.',
  },
  approval_required: {
    status: 403,
    title: 'A person has to approve this',
    retryable: true,
    oauth: 'access_denied',
    todo: 'Open the approval link; the agent cannot approve.',
  },
  environment_mismatch: {
    status: 403,
    title: 'The scope belongs to another environment',
    retryable: false,
    oauth: 'invalid_scope',
    todo: 'Start a task in the environment of the scope.',
  },
  not_granted: {
    status: 403,
    title: 'This task holds no active grant for the scope',
    retryable: false,
    oauth: 'invalid_scope',
    todo: 'Ask for it: `broker task request`.',
  },
  task_ended: {
    status: 403,
    title: 'The task has ended',
    retryable: false,
    oauth: 'invalid_grant',
    todo: 'Start a new task.',
  },
  frozen: {
    status: 403,
    title: 'Frozen by an operator',
    retryable: true,
    oauth: 'access_denied',
    todo: 'Wait for an operator to run `broker unfreeze`.',
  },
  both_sides: {
    status: 403,
    title: 'One agent may not hold primary and backup of the same data',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Use another agent, of another owner, for the other side.',
  },
  protected_without_approver: {
    status: 403,
    title: 'Protected environments need an approver first',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Register an approver’s passkey before using a protected environment.',
  },
  exceeds_parent: {
    status: 403,
    title: 'A child task gets no more than its parent has',
    retryable: false,
    oauth: 'invalid_scope',
    todo: 'Ask for less: `broker task show` says what the parent task holds.',
  },
  too_many: {
    status: 429,
    title: 'This agent holds as many of these as it may at once',
    retryable: true,
    oauth: 'temporarily_unavailable',
    todo: 'End what is not needed any more, or wait for it to end; the detail names the limit.',
  },
  tampered: {
    status: 403,
    title: 'A stored row does not carry our seal',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Treat it as an intrusion: `broker doctor` names the rows; apply the configuration again.',
  },
  // Vendors and roots
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
    title: 'The vendor did not answer in time',
    retryable: true,
    oauth: 'temporarily_unavailable',
    todo: 'Try again; whatever the vendor may have created late is revoked by itself.',
  },
  // Ourselves
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

interface ErrorRow {
  readonly status: number
  readonly title: string
  readonly retryable: boolean
  readonly oauth: string
  readonly todo: string
}

export type ErrorCode = keyof typeof ERRORS

/** One fault in the input: where it is, and what is wrong there. Never the value found there. */
export interface Problem {
  readonly at: string
  readonly message: string
}

export interface ErrorDetails {
  /** For people, about names and limits we know ourselves; never an echo of untrusted input. */
  readonly detail?: string
  readonly problems?: readonly Problem[]
  /** For agents: what would have to be true. */
  readonly required?: readonly string[]
  readonly approvalUrl?: string
  readonly retryAfterSeconds?: number
  /** Private: goes to the log, never into a response. */
  readonly cause?: unknown
}

/** An error with a code from {@link ERRORS}. Anything else that reaches the border becomes a bare `internal`. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(
      details.detail ?? ERRORS[code].title,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.code = code
    this.details = details
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}
