import { BrokerError } from '@credbroker/core/errors'

const DPOP = /^DPoP +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * The access token of `Authorization: DPoP …` (RFC 9449 §7.1). Every token of ours is bound to a key, so one that
 * comes as `Bearer`, without proof, is refused (§7.2).
 * @throws BrokerError `unauthenticated` without the field, `invalid_token` for another scheme; no byte of it is repeated.
 */
export function parseAuthorization(header: string | undefined): string {
  if (header === undefined || header === '') throw new BrokerError('unauthenticated')
  const token = DPOP.exec(header)?.[1]
  if (token !== undefined) return token
  const bearer = /^Bearer\b/i.test(header)
  throw new BrokerError('invalid_token', {
    detail: bearer
      ? 'This token is bound to a key: send it as `DPoP`, with a proof.'
      : 'The Authorization field must be `DPoP` and one token.',
  })
}
