import { createHash, createPublicKey, verify } from 'node:crypto'

type Claims = Record<string, unknown>
export interface Jws {
  readonly header: Claims
  readonly claims: Claims
}

const json = (part: string): Claims => JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims

/** Decodes an ES256 JWS and checks its signature with the key given, or with the one in its own header. */
export function verifyJws(jws: string, key?: object): Jws {
  const [head = '', body = '', signature = ''] = jws.split('.')
  const header = json(head)
  const publicKey = createPublicKey({
    key: (key ?? header['jwk']) as import('node:crypto').webcrypto.JsonWebKey,
    format: 'jwk',
  })
  const bytes = Buffer.from(signature, 'base64url')
  if (!verify('sha256', Buffer.from(`${head}.${body}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes))
    throw new Error('the signature does not fit')
  return { header, claims: json(body) }
}

/** The checks of RFC 9449 §4.3 that do not need a database. Throws with the check that failed. */
export function verifyProof(
  proof: string,
  expected: { method: string; url: string; token?: string; seen: Set<string>; nowSeconds: number },
): Jws {
  const jws = verifyJws(proof)
  const { header, claims } = jws
  const ath = expected.token && createHash('sha256').update(expected.token).digest('base64url')
  const checks: [string, boolean][] = [
    ['typ', header['typ'] === 'dpop+jwt'],
    ['public key only', !('d' in (header['jwk'] as object))],
    ['htm', claims['htm'] === expected.method],
    ['htu', claims['htu'] === expected.url],
    ['ath', claims['ath'] === ath],
    ['iat', Math.abs((claims['iat'] as number) - expected.nowSeconds) <= 60],
    ['jti is new', !expected.seen.has(claims['jti'] as string)],
  ]
  for (const [check, holds] of checks) if (!holds) throw new Error(`proof: ${check}`)
  expected.seen.add(claims['jti'] as string)
  return jws
}
