import type { Secret } from '@credbroker/core/secret'

/** Shorter ones would strike out half of every answer; no vendor's credential is this short. */
const SHORTEST = 8

/**
 * The texts in which an answer could carry a secret: as it is, escaped for JSON, encoded for URLs, in hex, and in base64
 * at each of the three offsets it can have inside of a longer text (`Basic` credentials). Longest first.
 */
export function formsOf(secrets: readonly Secret[]): readonly Buffer[] {
  const forms = new Set<string>()
  for (const secret of secrets) {
    const value = secret.expose()
    if (value.length < SHORTEST) continue
    const json = JSON.stringify(value).slice(1, -1)
    const percent = encodeURIComponent(value)
    const bytes = Buffer.from(value)
    const hex = bytes.toString('hex')
    for (const form of [value, json, json.replaceAll('/', '\\/'), percent, hex, hex.toUpperCase()])
      forms.add(form)
    forms.add(percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))
    forms.add(percent.replaceAll('%20', '+'))
    for (const offset of [0, 1, 2]) {
      const text = innerBase64(bytes, offset)
      if (text.length < SHORTEST) continue
      forms.add(text).add(text.replaceAll('+', '-').replaceAll('/', '_'))
      forms.add(text.replaceAll('/', '\\/'))
    }
  }
  return [...forms].map((form) => Buffer.from(form)).sort((a, b) => b.length - a.length)
}

/** The characters of base64 that the secret alone decides, `offset` bytes after a whole group. */
function innerBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const bits = (offset + bytes.length) * 8
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6))
}
