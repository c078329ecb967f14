import type { ClientRequest } from '@credbroker/connectors/request'
import type { Random } from './random.ts'

/** What parsers have been fooled with: separators, encodings, other spellings of the same. */
const TRICKS = [
  '/',
  '//',
  '/../',
  '/./',
  '..;/',
  '%2f',
  '%2F',
  '%2e%2e',
  '%252e',
  '%5c',
  '\\',
  ';x=1',
  '?',
  '&',
  '#',
  '%00',
  '%0d%0a',
  '+',
  '%20',
  ' ',
  '\t',
  '\r\n',
  '\0',
  '\u00e9',
  '\u2028',
  '\ufeff',
  '\ud800',
  '"',
  '\\u0022',
  '\\"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '1e999',
  '-0',
  'null',
  'true',
  '__proto__',
  'constructor',
  '_method=DELETE',
  '$',
  '@',
  '!',
  '...',
  '#x\n',
  '"""',
  '~',
  '%',
] as const // prettier-ignore

const HEADERS = [
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Transfer-Encoding', 'chunked'],
  ['Content-Encoding', 'gzip'],
  ['Content-Type', 'application/graphql'],
  ['content-type', 'text/plain; charset=utf-7'],
  ['Host', 'elsewhere.example'],
  ['X-Original-URL', '/admin'],
  ['Upgrade', 'websocket'],
  ['Accept', '*/*'],
  ['Authorization', 'Bearer x'],
] as const

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'get', 'POST '] as const

/** One to four changes of a request that is taken. `words` are the vendor's own, so that what comes out is often still read. */
export function mutate(
  seed: ClientRequest,
  words: readonly [string, ...string[]],
  random: Random,
): ClientRequest {
  let request = seed
  for (let count = 1 + random.below(4); count > 0; count--) request = once(request, words, random)
  return request
}

function once(request: ClientRequest, words: readonly [string, ...string[]], random: Random): ClientRequest {
  const kind = random.below(20)
  if (kind === 0) return { ...request, method: random.pick(METHODS) }
  if (kind === 1)
    return { ...request, headers: [...request.headers, random.pick<readonly [string, string]>(HEADERS)] }
  if (kind < 4 || request.body.byteLength === 0)
    return { ...request, target: splice(request.target, words, random) }
  if (kind === 4) return { ...request, body: flipped(request.body, random) }
  const text = Buffer.from(request.body).toString()
  return {
    ...request,
    body: Buffer.from(
      kind < 10 ? splice(text, words, random) : (inside(text, words, random) ?? splice(text, words, random)),
    ),
  }
}

/** A text within a JSON body is changed, and the JSON around it stays well-formed. */
function inside(body: string, words: readonly [string, ...string[]], random: Random): string | undefined {
  try {
    const all: string[] = []
    const value: unknown = JSON.parse(body, (_, each: unknown) => {
      if (typeof each === 'string') all.push(each)
      return each
    })
    const chosen = all[random.below(all.length)]
    return chosen === undefined
      ? undefined
      : JSON.stringify(value, (_, each: unknown) => (each === chosen ? splice(chosen, words, random) : each))
  } catch {
    return undefined
  }
}

/** Something put in, left out, said twice, or moved. */
function splice(text: string, words: readonly [string, ...string[]], random: Random): string {
  const at = random.below(text.length + 1)
  const to = Math.min(text.length, at + random.below(12))
  const kind = random.below(6)
  if (kind === 0) return text.slice(0, at) + text.slice(to)
  if (kind === 1) return text.slice(0, to) + text.slice(at)
  if (kind === 2) return text.slice(0, at) + random.pick(TRICKS) + text.slice(at)
  if (kind === 3) return replaced(text, random.pick(words), random.pick(words))
  if (kind === 4) return text.slice(0, at) + random.pick(words) + text.slice(at)
  return text.slice(0, at) + random.pick(TRICKS) + text.slice(to)
}

const replaced = (text: string, word: string, other: string): string => text.replace(word, () => other)

function flipped(body: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(body)
  const at = random.below(copy.length || 1)
  if (copy[at] !== undefined) copy[at] = copy[at] ^ (1 << random.below(8))
  return copy
}
