import type { Problem } from '@credbroker/core/errors'

/** One file of policies. The name is what problems and default ids show. */
export interface PolicySource {
  readonly name: string
  readonly text: string
}

/** A policy as it stands in its file. */
export interface PolicyText {
  readonly text: string
  /** Of its first character, from 1. */
  readonly line: number
  readonly column: number
}

/**
 * Cedar's parser recurses, and in WebAssembly an overflow of its stack breaks every later decision of the process.
 * These bounds lie at less than half of what was seen to break it (Cedar 4.13).
 */
const MAX = { characters: 64 * 1024, nesting: 32, operators: 200 } as const

const TOKEN =
  /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|\/\/[^\n\r]*|[([{]|[)\]}]|;|&&|\|\||[=!<>]=|[-+*!<>.]|\b(?:if|in|has|like|is|when|unless)\b/g

/** Cedar and editors alike count from 1. */
export const columnOf = (text: string, index: number): number => index - text.lastIndexOf('\n', index - 1)

export const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length

/** Cedar counts in bytes of UTF-8. */
export const indexOfByte = (text: string, byte: number): number =>
  Buffer.from(text).subarray(0, byte).toString().length

/** Refuses what Cedar's parser might not survive. Runs before Cedar sees any of it. */
export function boundsProblems({ name, text }: PolicySource): Problem[] {
  if (text.length > MAX.characters)
    return [{ at: `${name}:1`, message: `longer than ${MAX.characters} characters: split the file` }]
  if (!text.isWellFormed()) return [{ at: `${name}:1`, message: 'not well-formed Unicode' }]
  let nesting = 0
  let operators = 0
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const first = token.charAt(0)
    if (first === '"' || token.startsWith('//')) continue
    if (first === ';') nesting = operators = 0
    else if ('([{'.includes(first)) nesting++
    else if (')]}'.includes(first)) nesting = Math.max(0, nesting - 1)
    else operators++
    if (nesting > MAX.nesting || operators > MAX.operators)
      return [
        {
          at: `${name}:${lineOf(text, index)}`,
          message: 'this policy is nested too deeply or has too many operators: write several policies',
        },
      ]
  }
  return []
}

/** Puts the policies that Cedar found back in their places. Between two of them lie only spaces and comments. */
export function locate(text: string, parts: readonly string[]): PolicyText[] {
  const left = [...parts].sort((a, b) => b.length - a.length)
  const found: PolicyText[] = []
  let at = 0
  while (left.length > 0) {
    at += /^(?:\s|\/\/[^\n\r]*)*/.exec(text.slice(at))?.[0].length ?? 0
    const index = left.findIndex((part) => text.startsWith(part, at))
    const part = index < 0 ? undefined : left.splice(index, 1)[0]
    if (part === undefined) throw new Error('a policy is not where Cedar read it')
    found.push({ text: part, line: lineOf(text, at), column: columnOf(text, at) })
    at += part.length
  }
  return found
}
