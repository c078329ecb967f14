import type { ErrorRow } from './row.ts'

/** Met at OAuth endpoints only. */
export const OAUTH_ERRORS = {
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
} as const satisfies Record<string, ErrorRow>
