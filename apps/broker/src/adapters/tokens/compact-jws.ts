import { type JsonObject, parseJsonObject } from './strict-json.ts'

/** A JWS in compact form (RFC 7515 §3.1), taken apart and nothing more: no member of it is verified. */
export interface CompactJws {
  readonly header: JsonObject
  readonly payload: JsonObject
  readonly signed: Buffer
  /** 64 bytes `r ‖ s` for ES256, 64 bytes for Ed25519. */
  readonly signature: Buffer
}

/** Characters. Above it nothing is parsed at all. */
export const MAX_TOKEN_LENGTH = 8192
const SIGNATURE_BYTES = 64

/** Undefined for anything that is not one object, one object and a 64-byte signature, each in the one base64url it can have. */
export function parseCompactJws(text: string): CompactJws | undefined {
  if (text.length > MAX_TOKEN_LENGTH) return undefined
  const [headerText, payloadText, signatureText, ...rest] = text.split('.', 4)
  if (!headerText || !payloadText || !signatureText || rest.length > 0) return undefined
  const header = decodeObject(headerText)
  const payload = decodeObject(payloadText)
  const signature = decode(signatureText)
  if (!header || !payload || signature?.length !== SIGNATURE_BYTES) return undefined
  return { header, payload, signed: Buffer.from(`${headerText}.${payloadText}`), signature }
}

/** Node skips what is not base64url, so one value would have many texts. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeObject(text: string): JsonObject | undefined {
  const bytes = decode(text)
  if (!bytes) return undefined
  try {
    return parseJsonObject(utf8.decode(bytes))
  } catch {
    return undefined // Not UTF-8 (RFC 8725 §3.7).
  }
}
