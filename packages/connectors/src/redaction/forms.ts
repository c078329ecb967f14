import type { Secret } from '@credbroker/core/secret'

/** Shorter ones would strike out half of every answer; no vendor's credential is this short. */
const SHORTEST = 8

/**
 * The texts in which an answer could carry a secret: as it is, escaped for JSON, encoded for URLs, in hex, and in base64
 * at each of the three offsets it can have inside of a longer text (`Basic` credentials). Longest first.
 */
export function formsOf(secrets: readonly Secret[]): readonly Buffer[] {
  const forms = new Set(secrets.flatMap(textsOf))
  return [...forms].map((form) => Buffer.from(form)).sort((a, b) => b.length - a.length)
}

/** One answer is looked through several times, header by header. */
const known = new WeakMap<Secret, readonly string[]>()

function textsOf(secret: Secret): readonly string[] {
  const texts = known.get(secret) ?? spell(secret.expose())
  known.set(secret, texts)
  return texts
}

function spell(value: string): readonly string[] {
  if (value.length < SHORTEST) return []
  const json = JSON.stringify(value).slice(1, -1)
  const percent = encodeURIComponent(value)
  const bytes = Buffer.from(value)
  const hex = bytes.toString('hex')
  const base64 = [0, 1, 2]
    .map((offset) => innerBase64(bytes, offset))
    .filter((text) => text.length >= SHORTEST)
    .flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_'), text.replaceAll('/', '\\/')])
  return [
    value,
    json,
    json.replaceAll('/', '\\/'),
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    percent.replaceAll('%20', '+'),
    hex,
    hex.toUpperCase(),
    ...base64,
  ]
}

/** The characters of base64 that the secret alone decides, `offset` bytes after a whole group. */
function innerBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const bits = (offset + bytes.length) * 8
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6))
}
