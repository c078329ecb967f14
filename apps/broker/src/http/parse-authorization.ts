import { BrokerError } from '@credbroker/core/errors'

const DPOP = /^DPoP +([A-Za-z0-9._~+/-]+=*)$/i
const SESSION = /^Bearer +(brk_ses_[A-Za-z0-9_-]{1,80})$/i

/** `dpop`: an access token bound to a key · `session`: the secret of a person's session. */
export interface Credentials {
  readonly scheme: 'dpop' | 'session'
  readonly token: string
}

/**
 * What the Authorization field carries: `DPoP` and an access token (RFC 9449 §7.1), or `Bearer` and the secret of a
 * console session, which has a form of its own. Every other token of ours is bound to a key, so one that comes as
 * `Bearer`, without proof, is refused (§7.2); a session that comes as `DPoP` is no access token and fails there.
 * @throws BrokerError `unauthenticated` without the field, `invalid_token` for another scheme; no byte of it is repeated.
 */
export function parseAuthorization(header: string | undefined): Credentials {
  if (header === undefined || header === '') throw new BrokerError('unauthenticated')
  const token = DPOP.exec(header)?.[1]
  if (token !== undefined) return { scheme: 'dpop', token }
  const session = SESSION.exec(header)?.[1]
  if (session !== undefined) return { scheme: 'session', token: session }
  const bearer = /^Bearer\b/i.test(header)
  throw new BrokerError('invalid_token', {
    detail: bearer
      ? 'This token is bound to a key: send it as `DPoP`, with a proof.'
      : 'The Authorization field must be `DPoP` and one token.',
  })
}
