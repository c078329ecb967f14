import { createHash, timingSafeEqual } from 'node:crypto'
import type { FillRandom } from './ids.ts'

/** `enr` enrolment · `set` setup code · `run` per-run secret of a loopback endpoint · `ses` a person's session · `dev` device code. */
export type OpaqueKind = 'enr' | 'set' | 'run' | 'ses' | 'dev'

const checksum = (body: string): string => createHash('sha256').update(body).digest('hex').slice(0, 6)

/** `brk_enr_<43 characters>_<6 hex>`: 256 random bits, a prefix that secret scanners know, and a checksum they can verify. */
export function newOpaque(kind: OpaqueKind, random: FillRandom): string {
  const body = `brk_${kind}_${Buffer.from(random(new Uint8Array(32))).toString('base64url')}`
  return `${body}_${checksum(body)}`
}

/** Whether the text has the form and the checksum of an opaque secret of this kind; a typing error ends here. */
export function isOpaque(kind: OpaqueKind, text: string): boolean {
  const match = /^(brk_[a-z]{3}_[A-Za-z0-9_-]{43})_([0-9a-f]{6})$/.exec(text)
  if (!match?.[1] || !match[2] || !match[1].startsWith(`brk_${kind}_`)) return false
  return timingSafeEqual(Buffer.from(checksum(match[1])), Buffer.from(match[2]))
}

/** What is stored of an opaque secret. It is random, so a plain digest cannot be guessed back. */
export const opaqueDigest = (text: string): string => createHash('sha256').update(text).digest('base64url')
