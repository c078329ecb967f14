import { createPublicKey, type KeyObject } from 'node:crypto'

const [KTY, ALG, CRV, X, Y] = [1, 3, -1, -2, -3]
const [RSA_N, RSA_E] = [-1, -2]
const [OKP, EC2, RSA] = [1, 2, 3]
const CURVE: Readonly<Record<string, string>> = { [`${EC2},-7,1`]: 'P-256', [`${OKP},-8,6`]: 'Ed25519' }

/** A public key as an authenticator gives it: COSE_Key (RFC 9052 §7) for ES256, EdDSA or RS256. Undefined for anything else. */
export function coseKey(bytes: Uint8Array): { key: KeyObject; digest: string | null } | undefined {
  const members = readMap(bytes)
  if (!members) return undefined
  const [kty, alg] = [members.get(KTY), members.get(ALG)]
  try {
    if (kty === RSA && alg === -257)
      return keyOf({ kty: 'RSA', n: text(members.get(RSA_N)), e: text(members.get(RSA_E)) }, 'sha256')
    const crv = CURVE[[kty, alg, members.get(CRV)].join()]
    if (crv === 'P-256')
      return keyOf({ kty: 'EC', crv, x: text(members.get(X)), y: text(members.get(Y)) }, 'sha256')
    return crv === undefined ? undefined : keyOf({ kty: 'OKP', crv, x: text(members.get(X)) }, null)
  } catch {
    return undefined
  }
}

const keyOf = (jwk: Record<string, string>, digest: string | null) => ({
  key: createPublicKey({ key: jwk, format: 'jwk' }),
  digest,
})

function text(value: number | Uint8Array | undefined): string {
  if (typeof value !== 'object') throw new TypeError('not a byte string')
  return Buffer.from(value).toString('base64url')
}

/** One CBOR map (RFC 8949) of integers to integers and byte strings, all of the input: more a COSE key does not need. */
function readMap(bytes: Uint8Array): Map<number, number | Uint8Array> | undefined {
  let at = 0
  const head = (): { major: number; value: number } => {
    const first = bytes[at++] ?? Number.NaN
    const info = first & 31
    const size = info < 24 ? 0 : info === 24 ? 1 : info === 25 ? 2 : Number.NaN
    let value = size === 0 ? info : 0
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[at++] ?? Number.NaN)
    return { major: first >> 5, value: Number.isNaN(size) ? Number.NaN : value }
  }
  const item = (): number | Uint8Array => {
    const { major, value } = head()
    if (major === 0) return value
    if (major === 1) return -1 - value
    const piece = bytes.subarray(at, at + value)
    at += value
    return major === 2 && piece.length === value ? piece : Number.NaN
  }
  const map = new Map<number, number | Uint8Array>()
  const { major, value: count } = head()
  if (major !== 5 || !(count <= 16)) return undefined
  for (let i = 0; i < count; i++) {
    const [key, value] = [item(), item()]
    if (typeof key !== 'number' || Number.isNaN(key) || Number.isNaN(value) || map.has(key)) return undefined
    map.set(key, value)
  }
  return at === bytes.length ? map : undefined
}
