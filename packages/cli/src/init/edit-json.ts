import { isDeepStrictEqual } from 'node:util'
import {
  type FormattingOptions,
  findNodeAtLocation,
  getNodeValue,
  modify,
  type ParseError,
  parse,
  parseTree,
} from 'jsonc-parser'
import type { Wanted } from './agent-tools.ts'

/** How a text becomes what it was: what stands at these places is put back, in this order. */
export interface Reversal {
  readonly offset: number
  readonly length: number
  readonly content: string
}

export interface Edited {
  readonly text: string
  readonly reversals: readonly Reversal[]
}

/** Tools read these files as JSON with comments. */
const READING = { allowTrailingComma: true }

/** The text with what is wanted in it, and the way back. Undefined where the file is not ours to edit: no such JSON. */
export function withWanted(text: string, wanted: readonly Wanted[]): Edited | undefined {
  let edited = text
  const reversals: Reversal[] = []
  for (const { at, value, inList } of wanted) {
    const errors: ParseError[] = []
    const document: unknown = parse(edited.trim() === '' ? '{}' : edited, errors, READING)
    if (errors.length > 0 || typeof document !== 'object' || document === null || Array.isArray(document))
      return undefined
    const tree = parseTree(edited, [], READING)
    const node = tree && findNodeAtLocation(tree, at)
    // Its objects have no prototype, and would equal none of ours.
    const there: unknown = node && structuredClone(getNodeValue(node))
    if (!inList && there !== undefined) continue
    if (inList && there !== undefined && !Array.isArray(there)) return undefined
    if (Array.isArray(there) && there.some((item) => isDeepStrictEqual(item, value))) continue
    const place = inList ? [...at, Array.isArray(there) ? there.length : 0] : at
    const options = { formattingOptions: formatOf(edited), isArrayInsertion: inList }
    // From the last on, as they are applied, so that the offsets of the others stay.
    const edits = modify(edited, place, value, options).toSorted((one, other) => other.offset - one.offset)
    for (const { offset, length, content } of edits) {
      reversals.unshift({ offset, length: content.length, content: edited.slice(offset, offset + length) })
      edited = edited.slice(0, offset) + content + edited.slice(offset + length)
    }
  }
  return { text: edited, reversals }
}

/** The text as it was. */
export const reversed = (text: string, reversals: readonly Reversal[]): string =>
  reversals.reduce(
    (now, { offset, length, content }) => now.slice(0, offset) + content + now.slice(offset + length),
    text,
  )

/** As the file is indented already. */
function formatOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  '
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  return indent.startsWith('\t')
    ? { insertSpaces: false, tabSize: 1, eol }
    : { insertSpaces: true, tabSize: indent.length, eol }
}
