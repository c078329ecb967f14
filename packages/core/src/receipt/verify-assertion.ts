import { createHash, verify } from 'node:crypto'
import { canonicalHash } from '../canonical-json.ts'
import type { ReceiptAnswer } from '../wire/receipts.ts'
import { coseKey } from './cose-key.ts'
import type { AnswerFault } from './findings.ts'

const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04

/**
 * WebAuthn Level 3 §7.2, as far as it can be done without the relying party: that this key signed exactly this document, by the hand of
 * somebody, at a page of the origin which is answered. Whose key it is, the log says.
 */
export function verifyAssertion(
  answer: Pick<ReceiptAnswer, 'document' | 'assertion' | 'public_key'>,
): { readonly origin: string } | AnswerFault {
  const { assertion } = answer
  const data = bytesOf(assertion.authenticator_data)
  const client = bytesOf(assertion.client_data)
  const signature = bytesOf(assertion.signature)
  const publicKey = bytesOf(answer.public_key)
  const known = publicKey && coseKey(publicKey)
  if (!known) return 'key'
  if (!data || !client || !signature || data.length < 37) return 'signature'
  const said = clientData(client)
  if (said?.type !== 'webauthn.get') return 'type'
  // The challenge is the hash as text.
  if (said.challenge !== Buffer.from(canonicalHash(answer.document)).toString('base64url')) return 'challenge'
  const host = hostOf(said.origin)
  if (host === undefined || !data.subarray(0, 32).equals(sha256(Buffer.from(host)))) return 'origin'
  const flags = data[32] ?? 0
  if ((flags & USER_PRESENT) === 0 || (flags & USER_VERIFIED) === 0) return 'presence'
  const signed = Buffer.concat([data, sha256(client)])
  return verify(known.digest, signed, known.key, signature) ? { origin: said.origin } : 'signature'
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()

/** Only the one spelling: another would be another text for the same bytes. */
export function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

function clientData(bytes: Buffer): { type: unknown; challenge: unknown; origin: string } | undefined {
  try {
    const { type, challenge, origin, crossOrigin } = JSON.parse(bytes.toString())
    return typeof origin === 'string' && crossOrigin !== true ? { type, challenge, origin } : undefined
  } catch {
    return undefined
  }
}

const hostOf = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).hostname : undefined
