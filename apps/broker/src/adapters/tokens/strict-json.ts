/** What a JWS header or payload decodes to. Members are untrusted until checked. */
export type JsonObject = Readonly<Record<string, unknown>>

const MAX_DEPTH = 8

/**
 * A JSON object, or undefined: for text that is not JSON, not an object, too deep, or that names a member twice, where
 * two parsers could each see another value (RFC 8725 §2.4, RFC 7515 §4).
 */
export function parseJsonObject(text: string): JsonObject | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined // The parser's own message quotes the text.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return hasDistinctMembers(text) ? (value as JsonObject) : undefined
}

/** For text that `JSON.parse` accepts, so quotes and brackets balance. */
function hasDistinctMembers(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '{' || char === '[') {
      if (open.push(char === '{' ? new Set() : undefined) > MAX_DEPTH) return false
    } else if (char === '}' || char === ']') open.pop()
    else if (char === '"') {
      const end = closingQuote(text, at)
      const members = open.at(-1)
      if (members && isMemberName(text, end)) {
        const name: string = JSON.parse(text.slice(at, end + 1))
        if (members.has(name)) return false
        members.add(name)
      }
      at = end
    }
  }
  return true
}

function closingQuote(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function isMemberName(text: string, end: number): boolean {
  let at = end + 1
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return text[at] === ':'
}
