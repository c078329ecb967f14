import type { Json } from '@credbroker/core/canonical-json'
import { Refused } from '../refusals.ts'
import type { ClientRequest } from '../request.ts'

const DEPTH = 32
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The body, as one JSON object that every parser reads alike: strict UTF-8 without a byte-order mark, each member once,
 * no `__proto__`, whole characters, finite numbers, at most 32 levels.
 *
 * @throws {Refused} `header_refused`, `batch_refused`, `body_refused`
 */
export function jsonObject(request: ClientRequest): { readonly [name: string]: Json } {
  const type = request.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  if (!/^application\/json(; ?charset=utf-8)?$/i.test(type.trim())) throw new Refused('header_refused')
  const value = strictJson(request.body)
  if (Array.isArray(value)) throw new Refused('batch_refused')
  if (typeof value !== 'object' || value === null) throw new Refused('body_refused')
  return value as { readonly [name: string]: Json }
}

/**
 * Any JSON that every parser reads alike.
 *
 * @throws {Refused} `body_refused`
 */
export function strictJson(body: Uint8Array): Json {
  let text: string
  let value: Json
  try {
    text = utf8.decode(body)
    value = JSON.parse(text) as Json
  } catch {
    throw new Refused('body_refused')
  }
  // In valid JSON a string before a colon is a member's name: where more are written than are left, one came twice.
  let written = 0
  for (const [, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"[ \t\r\n]*(:)?/g)) if (colon) written += 1
  if (written !== membersOf(value, DEPTH)) throw new Refused('body_refused')
  return value
}

function membersOf(value: Json, levels: number): number {
  if (levels === 0) throw new Refused('body_refused')
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Refused('body_refused')
  if (typeof value === 'string' && !value.isWellFormed()) throw new Refused('body_refused')
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + membersOf(each, levels - 1), 0)
  return Object.entries(value).reduce((sum, [name, each]) => {
    if (name === '__proto__' || !name.isWellFormed()) throw new Refused('body_refused')
    return sum + 1 + membersOf(each as Json, levels - 1)
  }, 0)
}
