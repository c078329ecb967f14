import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { FillRandom } from './ids.ts'
import { Secret } from './secret.ts'

/** A public P-256 or Ed25519 key with the members that RFC 7638 and RFC 8037 hash, and no other. */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }

/** RFC 7638 thumbprint, SHA-256, base64url. Only the required members count, in the order of the alphabet. */
export function thumbprint(jwk: PublicJwk): string {
  const { kty, crv, x } = jwk
  const members = kty === 'EC' ? { crv, kty, x, y: jwk.y } : { crv, kty, x }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/** The ES256 key of one agent or one CLI profile: it signs proofs and assertions and stays on its machine. */
export interface ClientKey {
  readonly publicJwk: PublicJwk
  readonly thumbprint: string
  /** The JWK with `d`, as JSON text, to store where only this user can read. */
  readonly privateJwk: Secret
  /** ES256 over the bytes, 64 bytes `r ‖ s`. */
  readonly sign: (data: Uint8Array) => Buffer
}

export const generateClientKey = (): ClientKey =>
  fromKeyObject(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)

/** @throws TypeError when the text is not a private P-256 JWK. */
export function importClientKey(privateJwk: Secret): ClientKey {
  let key: KeyObject | undefined
  try {
    key = createPrivateKey({ key: JSON.parse(privateJwk.expose()), format: 'jwk' })
  } catch {
    // The parser's own message quotes the text.
  }
  if (key?.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new TypeError('not a private P-256 key in JWK form')
  return fromKeyObject(key)
}

function fromKeyObject(key: KeyObject): ClientKey {
  const jwk = key.export({ format: 'jwk' })
  const publicJwk: PublicJwk = { kty: 'EC', crv: 'P-256', x: jwk.x as string, y: jwk.y as string }
  return {
    publicJwk,
    thumbprint: thumbprint(publicJwk),
    privateJwk: new Secret(JSON.stringify({ ...publicJwk, d: jwk.d })),
    sign: (data) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  }
}

/** A DPoP proof (RFC 9449 §4.2) for one request. A fresh one is needed for every request, retries included. */
export function signProof(
  request: {
    readonly method: string
    readonly url: string
    readonly accessToken?: string
    readonly nonce?: string
  },
  key: ClientKey,
  now: Date,
  random: FillRandom,
): string {
  const { method, accessToken, nonce } = request
  const url = new URL(request.url)
  url.search = ''
  url.hash = ''
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk }
  return compact(key, header, {
    jti: randomText(random),
    htm: method,
    htu: url.href,
    iat: seconds(now),
    ...(accessToken !== undefined && {
      ath: createHash('sha256').update(accessToken).digest('base64url'),
    }),
    ...(nonce !== undefined && { nonce }),
  })
}

/** An assertion that lives 60 seconds (RFC 7523 §2) by which an enrolled key says who it is. `audience`: the broker's issuer URL. */
export function signAssertion(
  claims: { readonly subject: `agent:${string}` | `user:${string}`; readonly audience: string },
  key: ClientKey,
  now: Date,
  random: FillRandom,
): string {
  const iat = seconds(now)
  const { subject, audience } = claims
  const header = { typ: 'client-authentication+jwt', alg: 'ES256', kid: key.thumbprint }
  const payload = { iss: subject, sub: subject, aud: audience, jti: randomText(random), iat, exp: iat + 60 }
  return compact(key, header, payload)
}

function compact(key: ClientKey, header: object, payload: object): string {
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${key.sign(Buffer.from(signed)).toString('base64url')}`
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const randomText = (random: FillRandom): string =>
  Buffer.from(random(new Uint8Array(16))).toString('base64url')
const seconds = (now: Date): number => Math.floor(now.getTime() / 1000)
