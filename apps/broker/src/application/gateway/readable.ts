import { createHash } from 'node:crypto'
import type { Json } from '@credbroker/core/canonical-json'

/** Characters of one text that a person is shown. All of it is in the hash of the request. */
export const READABLE = 4000

/** The same, with texts that nobody reads, such as a file in base64, as their beginning, their length and their digest. */
export function readable(value: Json | undefined): Json {
  if (typeof value === 'string') return shortened(value)
  if (typeof value !== 'object' || value === null) return value ?? null
  if (Array.isArray(value)) return value.map((each: Json) => readable(each))
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, readable(each)]))
}

function shortened(text: string): string {
  if (text.length <= READABLE) return text
  const digest = createHash('sha256').update(text).digest('hex')
  return `${text.slice(0, 64)}… (${text.length} characters, SHA-256 ${digest})`
}
