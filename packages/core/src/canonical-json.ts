import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** Any value JSON can carry. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** The one text of a value by RFC 8785 (JCS). Members that are undefined are left out. */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('not a JSON value')
  return text
}

/** SHA-256 of the canonical JSON, base64url. */
export const canonicalHash = (value: Json): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url')
