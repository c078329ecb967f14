import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import { Secret } from '@credbroker/core/secret'
import type { AccessTokenIssuer } from '../../ports/tokens.ts'
import { toClaims } from './access-token-claims.ts'
import type { SigningKeys } from './signing-keys.ts'

/** Signs with the current key of `access-token`. `issuer`: the public URL. */
export const accessTokenIssuer = (
  issuer: string,
  keys: Pick<SigningKeys, 'current'>,
  random: FillRandom,
): AccessTokenIssuer => ({
  async issue(token, now, { ttlSeconds = LIMITS.accessTokenSeconds, endsAt } = {}) {
    const issuedAt = Math.floor(now.getTime() / 1000)
    const end = endsAt ? Math.floor(endsAt.getTime() / 1000) : Number.POSITIVE_INFINITY
    const expiresAt = Math.min(issuedAt + Math.min(ttlSeconds, LIMITS.accessTokenMaxSeconds), end)
    // Also for NaN: a token without an end must not exist.
    if (!(expiresAt > issuedAt)) throw new BrokerError('task_ended')

    const jti = Buffer.from(random(new Uint8Array(16))).toString('base64url')
    const times = { jti, issuedAt, expiresAt }
    const { kid, sign } = await keys.current(now)
    const signed = `${encode({ typ: 'at+jwt', alg: 'ES256', kid })}.${encode(toClaims(issuer, token, times))}`
    const signature = sign(Buffer.from(signed)).toString('base64url')
    return { token: new Secret(`${signed}.${signature}`), ...times }
  },
})

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
