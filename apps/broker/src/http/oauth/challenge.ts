import type { ErrorCode } from '@credbroker/core/errors'
import { CLIENT_ALGORITHMS } from './algorithms.ts'

/** RFC 9728 §3.1, for the resource that is the broker itself. */
export const RESOURCE_METADATA = '/.well-known/oauth-protected-resource'

const BY_CODE: { readonly [Code in ErrorCode]?: string } = {
  invalid_dpop_proof: 'invalid_dpop_proof',
  replayed_proof: 'invalid_dpop_proof',
  use_dpop_nonce: 'use_dpop_nonce',
}

/** What is wrong with the access token of a request, in the words of RFC 9449 §7.1 and RFC 6750 §3.1. */
export const resourceError = (code: ErrorCode): string => BY_CODE[code] ?? 'invalid_token'

/**
 * WWW-Authenticate of a 401 (RFC 9449 §7.1, RFC 9728 §5.1). Who came without credentials is told no error
 * (RFC 6750 §3.1), only where to begin.
 */
export function challenge(issuer: string, code: ErrorCode, withCredentials: boolean): string {
  const parts = [
    ...(withCredentials ? [`error="${resourceError(code)}"`] : []),
    `algs="${CLIENT_ALGORITHMS.join(' ')}"`,
    `resource_metadata="${issuer}${RESOURCE_METADATA}"`,
  ]
  return `DPoP ${parts.join(', ')}`
}
