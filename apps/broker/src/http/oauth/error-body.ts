import { type BrokerError, ERRORS } from '@credbroker/core/errors'
import type { Context } from 'hono'
import type { HttpEnv } from '../server.ts'
import { resourceError } from './challenge.ts'

/** RFC 6749 §5.2 fixes the form of errors at OAuth endpoints; those of introspection and revocation are the same. */
export function oauthError(c: Context<HttpEnv>, error: BrokerError): { status: number; body: object } {
  const { status, oauth, title } = ERRORS[error.code]
  // Who came with an access token is refused as at any resource (RFC 6750 §3.1), others as clients of a token endpoint.
  const asResource = status === 401 && c.get('byAccessToken') === true
  const code = asResource ? resourceError(error.code) : oauth
  const kept = asResource || code === 'invalid_client' || (status !== 401 && status !== 403)
  const description = error.code === 'internal' ? title : error.message
  return {
    status: kept ? status : 400,
    body: {
      error: code,
      error_description: plain(description),
      error_uri: `https://credbroker.dev/errors#${error.code}`,
    },
  }
}

/** RFC 6749 §5.2: printable ASCII without quotes and backslashes. */
const plain = (text: string): string =>
  text
    .replace(/[’"`]/g, "'")
    .replace(/…/g, '...')
    .replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
