import { createPublicKey, hash, type JsonWebKeyInput, type KeyObject } from 'node:crypto'
import type { IssuerAlgorithm } from '@credbroker/core/config/trust'
import { BrokerError } from '@credbroker/core/errors'
import { jwtVerify } from 'jose'
import type { Issuer } from '../../domain/config.ts'
import { TRUST_PROFILES } from '../../domain/trust-profile.ts'
import type { VerifiedWorkloadToken, WorkloadTokens } from '../../ports/workload-tokens.ts'
import { MAX_TOKEN_LENGTH } from '../tokens/compact-jws.ts'
import { type JsonObject, parseJsonObject } from '../tokens/strict-json.ts'
import type { ForeignKey, IssuerKeys } from './issuer-keys.ts'

/** Seconds. How far another's clock may be off. */
const CLOCK_SKEW = 60
/** Seconds. What lives longer is a stored secret. */
const LONGEST_LIFE = 3600
/** No `crit`, `jku`, `jwk`, `x5u`, `x5c`, `b64` or `zip` to follow; `x5t` only repeats which key it is. */
const HEADER: ReadonlySet<string> = new Set(['typ', 'alg', 'kid', 'x5t', 'x5t#S256'])

/**
 * Verifies tokens of platforms about their workloads, with `jose`. Which algorithms may have signed follows from our
 * configuration and the key; the header only says which of the issuer's keys it was. No error holds a byte of the token.
 */
export class ForeignTokens implements WorkloadTokens {
  readonly #keys: IssuerKeys

  constructor(keys: IssuerKeys) {
    this.#keys = keys
  }

  claimedIssuer(token: string): string | undefined {
    const iss = decode(token)?.payload['iss']
    return typeof iss === 'string' && /^https?:\/\//.test(iss) ? iss : undefined
  }

  async verifyWorkloadToken(
    token: string,
    issuer: Issuer,
    audience: string,
    now: Date,
  ): Promise<VerifiedWorkloadToken> {
    const profile = TRUST_PROFILES[issuer.profile]
    const { header, payload } = decode(token) ?? refuse('The token is malformed')
    const { typ, kid } = header
    if (!Object.keys(header).every((member) => HEADER.has(member)))
      refuse('The header of the token may have typ, alg, kid and x5t, and nothing else')
    if (typ !== undefined && !(profile.typ as readonly unknown[]).includes(typ))
      refuse('The token is of another type than a workload’s')
    if (typeof kid !== 'string' || kid.length > 256) refuse('The token does not say which key signed it')
    if (payload['iss'] !== issuer.url) refuse('The token is of another issuer')
    if (!isOnly(payload['aud'], audience)) refuse('The aud of the token must be this broker alone')

    const [key, ...others] = (await this.#keys.find(issuer, kid, now)).filter(({ use }) =>
      use === undefined ? true : (profile.use as readonly unknown[]).includes(use),
    )
    if (!key) refuse('The issuer has no such key')
    if (others.length > 0) refuse('The issuer has two keys of this name')
    const claims = await verified(token, key, issuer, now)
    const { exp, jti } = claims
    if (typeof exp !== 'number' || exp <= seconds(now)) refuse('The token has no end, or is past it')
    if (exp > seconds(now) + LONGEST_LIFE + CLOCK_SKEW) refuse('The token lives for more than an hour')
    // Not the signature: one text may have several that verify.
    const signed = token.slice(0, token.lastIndexOf('.'))
    const once =
      typeof jti === 'string' && jti.length <= 256 ? `jti ${jti}` : `sha256 ${hash('sha256', signed)}`
    return {
      claims,
      expiresAt: new Date(exp * 1000),
      use: {
        digest: hash('sha256', `workload ${issuer.url} ${once}`, 'buffer'),
        rememberUntil: new Date((exp + 2 * CLOCK_SKEW) * 1000),
      },
    }
  }
}

async function verified(token: string, jwk: ForeignKey, issuer: Issuer, now: Date): Promise<JsonObject> {
  const key = importKey(jwk)
  const algorithms = issuer.algorithms.filter((algorithm) => fits(algorithm, key, jwk))
  if (algorithms.length === 0) refuse('The key of the issuer is for no algorithm that we accept from it')
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms,
      issuer: issuer.url,
      clockTolerance: CLOCK_SKEW,
      currentDate: now,
      requiredClaims: ['iss', 'sub', 'aud', 'exp'],
    })
    // Not checked by the library unless an age is asked for.
    if (payload.iat !== undefined && payload.iat > seconds(now) + CLOCK_SKEW)
      refuse('The token is from the future')
    return payload
  } catch (error) {
    if (error instanceof BrokerError) throw error
    return refuse('The token does not verify, or is not valid at this time')
  }
}

/** A private or symmetric key in a public list is nobody's honest choice. */
function importKey(jwk: ForeignKey): KeyObject {
  const { kty, crv, n, e, x, y } = jwk
  const members = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP')
    refuse('The key of the issuer is of no kind that we accept')
  if ('d' in jwk || 'k' in jwk) refuse('The key of the issuer is not public')
  try {
    return createPublicKey({ key: members as JsonWebKeyInput['key'], format: 'jwk' })
  } catch {
    return refuse('The key of the issuer is malformed')
  }
}

function fits(algorithm: IssuerAlgorithm, key: KeyObject, { alg }: ForeignKey): boolean {
  if (alg !== undefined && alg !== algorithm) return false
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  switch (algorithm) {
    case 'RS256':
    case 'PS256':
      return type === 'rsa' && (details?.modulusLength ?? 0) >= 2048
    case 'ES256':
      return type === 'ec' && details?.namedCurve === 'prime256v1'
    case 'ES384':
      return type === 'ec' && details?.namedCurve === 'secp384r1'
    case 'EdDSA':
      return type === 'ed25519'
  }
}

/** Header and payload without a member named twice, which two parsers could read differently. */
function decode(token: string): { header: JsonObject; payload: JsonObject } | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined
  const parts = token.split('.', 4)
  const [header, payload] = parts.slice(0, 2).map(object)
  return parts.length === 3 && header && payload ? { header, payload } : undefined
}

function object(part: string): JsonObject | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? parseJsonObject(bytes.toString('utf8')) : undefined
}

const isOnly = (claim: unknown, audience: string): boolean =>
  claim === audience || (Array.isArray(claim) && claim.length === 1 && claim[0] === audience)
const seconds = (now: Date): number => Math.floor(now.getTime() / 1000)
function refuse(detail: string): never {
  throw new BrokerError('invalid_token', { detail })
}
