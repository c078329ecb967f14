// The one file that verifies tokens; one-verifier.test.ts keeps it so.
import { hash, type KeyObject, verify } from 'node:crypto'
import { type PublicJwk, thumbprint } from '@credbroker/core/client-key'
import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import type {
  AccessTokenVerifier,
  AgentSubject,
  AssertionVerifier,
  ProofExpectation,
  ProofNonces,
  ProofVerifier,
  UserSubject,
  VerifiedAccessToken,
  VerifiedAssertion,
  VerifiedProof,
} from '../../ports/tokens.ts'
import { fromClaims, isText, isTime } from './access-token-claims.ts'
import { BoundedCache } from './bounded-cache.ts'
import { type CompactJws, parseCompactJws } from './compact-jws.ts'
import { NONCE_LIFE } from './dpop-nonce.ts'
import { algorithmsOf, importPublicJwk, parsePublicJwk } from './public-jwk.ts'
import { comparableUrl } from './request-url.ts'

/** How far a client's clock may be off, in seconds. Expiry is never stretched by it. */
const CLOCK_SKEW = 60
const ASSERTION_LIFE = 120
const CACHED = 10_000
const JTI = /^[\x21-\x7e]{1,256}$/
const SUBJECT = /^(?:user|agent):[\x21-\x7e]{1,128}$/

export interface VerifierOptions {
  /** Our `iss`: the public URL. */
  readonly issuer: string
  /** The public half of one of our own access token keys, while it is valid. */
  readonly accessKey: (kid: string, now: Date) => Promise<KeyObject | undefined>
  readonly nonces: ProofNonces
}

interface KnownToken {
  readonly kid: string
  readonly key: KeyObject
  readonly token: VerifiedAccessToken
}

/**
 * Verifies our access tokens (RFC 9068), DPoP proofs (RFC 9449) and assertions by enrolled keys (RFC 7523), with
 * `node:crypto`. Which algorithm is used follows from the key; a header has exactly the members its kind needs, so
 * there is no `crit`, `jku`, `x5u`, `b64` or `zip` to follow. No error holds a byte of what was sent.
 */
export class TokenVerifier implements AccessTokenVerifier, ProofVerifier, AssertionVerifier {
  readonly #options: VerifierOptions
  /** By SHA-256 of the token. Only what we signed ourselves gets in. */
  readonly #tokens = new BoundedCache<KnownToken>(CACHED)
  /** By thumbprint. Only keys that have verified something get in, so that strangers cannot push the others out. */
  readonly #keys = new BoundedCache<KeyObject>(CACHED)

  constructor(options: VerifierOptions) {
    this.#options = options
  }

  async verifyAccessToken(text: string, audience: string, now: Date): Promise<VerifiedAccessToken> {
    const digest = sha256(text)
    const known = await this.#knownToken(digest, now)
    const { token, kid, key } = known ?? (await this.#readAccessToken(text, now))
    if (token.expiresAt <= seconds(now)) {
      this.#tokens.delete(digest)
      throw refuse('invalid_token', 'The token has expired.')
    }
    if (!known) this.#tokens.set(digest, { token, kid, key })
    if (token.audience !== audience) throw refuse('invalid_token', 'The token is for another audience.')
    return token
  }

  /** Known only while its key still is: it may have been retired since. */
  async #knownToken(digest: string, now: Date): Promise<KnownToken | undefined> {
    const known = this.#tokens.get(digest)
    if (!known || (await this.#options.accessKey(known.kid, now)) === known.key) return known
    this.#tokens.delete(digest)
    return undefined
  }

  async #readAccessToken(text: string, now: Date): Promise<KnownToken> {
    const jws = parseCompactJws(text)
    if (!jws) throw refuse('invalid_token', 'The token is malformed.')
    const { typ, alg, kid } = jws.header
    const ours = hasOnly(jws, ['typ', 'alg', 'kid']) && typ === 'at+jwt' && alg === 'ES256' && isText(kid)
    const key = ours ? await this.#options.accessKey(kid, now) : undefined
    if (!ours || !key || !isSignedBy(jws, key)) throw refuse('invalid_token', 'The token is not one of ours.')
    const token = jws.payload['iss'] === this.#options.issuer ? fromClaims(jws.payload) : undefined
    if (!token || token.issuedAt > seconds(now) + CLOCK_SKEW)
      throw refuse('invalid_token', 'The claims of the token are not those of an access token.')
    return { token, kid, key }
  }

  verifyProof(expected: ProofExpectation, now: Date): VerifiedProof {
    const no = (detail: string) => refuse('invalid_dpop_proof', detail)
    const jws = parseCompactJws(onlyValue(expected.header, no))
    if (!jws) throw no('The proof is malformed.')
    if (!hasOnly(jws, ['typ', 'alg', 'jwk']) || jws.header['typ'] !== 'dpop+jwt')
      throw no('The header of the proof must have typ dpop+jwt, alg and jwk, and nothing else.')
    const publicJwk = parsePublicJwk(jws.header['jwk'])
    if (!publicJwk) throw no('The jwk of the proof must be a public P-256 or Ed25519 key.')
    const jkt = thumbprint(publicJwk)
    if (expected.jkt !== undefined && expected.jkt !== jkt)
      throw no('The proof is signed with another key than the token is bound to.')
    if (!this.#isSignedByJwk(jws, publicJwk, jkt)) throw no('The signature of the proof does not verify.')

    const { jti, htm, htu, iat, exp, nbf, ath, nonce } = jws.payload
    if (!isText(jti) || !JTI.test(jti)) throw no('The jti of the proof is missing or too long.')
    if (htm !== expected.method) throw no('The htm of the proof is not the method of the request.')
    const url = comparableUrl(expected.url)
    if (url === undefined || !isText(htu) || comparableUrl(htu) !== url)
      throw no('The htu of the proof is not the URL of the request.')
    if (ath !== (expected.accessToken === undefined ? undefined : sha256(expected.accessToken)))
      throw no('The ath of the proof is not the digest of the access token.')
    if (!isTime(iat)) throw no('The iat of the proof is missing.')
    const ended = exp !== undefined && (!isTime(exp) || exp <= seconds(now))
    const early = nbf !== undefined && (!isTime(nbf) || nbf > seconds(now) + CLOCK_SKEW)
    if (ended || early) throw no('The proof is not valid at this time.')

    const until = this.#freshUntil(iat, nonce, now)
    return { jkt, publicJwk, jti, issuedAt: iat, ...singleUse('dpop', jkt, jti, until) }
  }

  /** A nonce of ours says when a proof was made, whatever the client's clock says. @throws BrokerError `use_dpop_nonce` */
  #freshUntil(iat: number, nonce: unknown, now: Date): number {
    if (nonce !== undefined) {
      if (isText(nonce) && this.#options.nonces.isFresh(nonce, now)) return seconds(now) + NONCE_LIFE
      throw refuse('use_dpop_nonce', 'The nonce of the proof is not a fresh one of ours.')
    }
    if (Math.abs(seconds(now) - iat) <= CLOCK_SKEW) return iat + CLOCK_SKEW
    throw refuse('use_dpop_nonce', 'The iat of the proof is more than 60 seconds off.')
  }

  claimedSubject(assertion: string): { subject: UserSubject | AgentSubject; jkt: string } {
    const jws = parseCompactJws(assertion)
    const { sub } = jws?.payload ?? {}
    const { kid } = jws?.header ?? {}
    if (!isSubject(sub) || !isText(kid)) throw refuse('invalid_token', 'The assertion is malformed.')
    return { subject: sub, jkt: kid }
  }

  verifyAssertion(
    assertion: string,
    expected: { readonly subject: string; readonly key: PublicJwk; readonly audiences: readonly string[] },
    now: Date,
  ): VerifiedAssertion {
    const no = (detail: string) => refuse('invalid_token', detail)
    const jws = parseCompactJws(assertion)
    if (!jws) throw no('The assertion is malformed.')
    const { typ, kid } = jws.header
    // Most OAuth libraries send none. Nothing else that this key signs is without one.
    const named =
      hasOnly(jws, ['typ', 'alg', 'kid']) && (typ === 'JWT' || typ === 'client-authentication+jwt')
    if (!named && !hasOnly(jws, ['alg', 'kid']))
      throw no(
        'The header of the assertion must have alg and kid, typ client-authentication+jwt or none, and nothing else.',
      )
    const jkt = thumbprint(expected.key)
    if (kid !== jkt || !this.#isSignedByJwk(jws, expected.key, jkt))
      throw no('The assertion is not signed with this enrolled key.')

    const { iss, sub, aud, jti, iat, exp, nbf } = jws.payload
    if (!isSubject(sub) || sub !== iss || sub !== expected.subject)
      throw no('The iss and sub of the assertion must both name the owner of the key.')
    if (!isText(aud) || !expected.audiences.includes(aud))
      throw no('The aud of the assertion must be the broker alone.')
    if (!isText(jti) || !JTI.test(jti)) throw no('The jti of the assertion is missing or too long.')
    if (!isTime(iat) || !isTime(exp) || exp <= iat || exp - iat > ASSERTION_LIFE)
      throw no('The assertion must have iat and exp, at most 120 seconds apart.')
    const at = seconds(now)
    if (exp <= at) throw no('The assertion has expired.')
    const early = nbf !== undefined && (!isTime(nbf) || nbf > at + CLOCK_SKEW)
    if (early || iat > at + CLOCK_SKEW || exp > at + ASSERTION_LIFE)
      throw no('The assertion is from the future.')
    return { subject: sub, jti, expiresAt: exp, ...singleUse('assertion', sub, jti, exp) }
  }

  #isSignedByJwk(jws: CompactJws, jwk: PublicJwk, jkt: string): boolean {
    if (!algorithmsOf(jwk).includes(jws.header['alg'] as string)) return false
    const cached = this.#keys.get(jkt)
    const key = cached ?? importPublicJwk(jwk)
    if (!key || !isSignedBy(jws, key)) return false
    if (!cached) this.#keys.set(jkt, key)
    return true
  }
}

function isSignedBy({ signed, signature }: CompactJws, key: KeyObject): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, signed, key, signature)
  return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** RFC 9449 §4.3, check 1. A list that the HTTP library joined has a comma in it and does not parse. */
function onlyValue(header: ProofExpectation['header'], no: (detail: string) => BrokerError): string {
  const values = typeof header === 'string' ? [header] : (header ?? [])
  const [value] = values
  if (value === undefined || values.length > 1) throw no('Send exactly one DPoP header.')
  return value
}

/** Other replicas' clocks may be a little behind ours, so remembering lasts a little longer than the window. */
const singleUse = (kind: string, signer: string, jti: string, until: number) => ({
  digest: hash('sha256', `${kind} ${signer} ${jti}`, 'buffer'),
  rememberUntil: new Date((until + CLOCK_SKEW) * 1000),
})

const hasOnly = ({ header }: CompactJws, members: readonly string[]): boolean =>
  Object.keys(header).length === members.length && members.every((member) => Object.hasOwn(header, member))
const isSubject = (value: unknown): value is UserSubject | AgentSubject =>
  typeof value === 'string' && SUBJECT.test(value)
const refuse = (code: ErrorCode, detail: string): BrokerError => new BrokerError(code, { detail })
const sha256 = (text: string): string => hash('sha256', text, 'base64url')
const seconds = (now: Date): number => Math.floor(now.getTime() / 1000)
