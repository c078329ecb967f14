import { isDeepStrictEqual } from 'node:util'
import {
  type Edit,
  type FormattingOptions,
  findNodeAtLocation,
  format,
  getNodeValue,
  type JSONPath,
  modify,
  type Node,
  type ParseError,
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

export const unedited = (text: string): Edited => ({ text, reversals: [] })

/** The tree of a file that tools read as JSON with comments. Undefined where it is not ours to edit: no such JSON. */
export function treeOf(text: string): Node | undefined {
  const errors: ParseError[] = []
  const tree = parseTree(text.trim() === '' ? '{}' : text, errors, { allowTrailingComma: true })
  return errors.length === 0 && tree?.type === 'object' ? tree : undefined
}

/** With what is wanted in it. Undefined where the file is not ours to edit. */
export function withWanted(edited: Edited, wanted: readonly Wanted[]): Edited | undefined {
  let now = edited
  for (const { at, value, inList } of wanted) {
    const tree = treeOf(now.text)
    if (!tree) return undefined
    const node = findNodeAtLocation(tree, at)
    // Its objects have no prototype, and would equal none of ours.
    const there: unknown = node && structuredClone(getNodeValue(node))
    if (!inList && there !== undefined) continue
    if (inList && there !== undefined && !Array.isArray(there)) return undefined
    if (Array.isArray(there) && there.some((item) => isDeepStrictEqual(item, value))) continue
    now = inList
      ? withItem(now, [...at, Array.isArray(there) ? there.length : 0], value)
      : withValue(now, at, value)
  }
  return now
}

/** With this value at a place; undefined takes out what is there. */
export const withValue = (edited: Edited, at: JSONPath, value: unknown): Edited =>
  changed(edited, at, value, false)

/** With one more item in a list, before the one that stands at its place. */
export const withItem = (edited: Edited, at: JSONPath, value: unknown): Edited =>
  changed(edited, at, value, true)

/** Formatted as the file is. What goes out, besides the value that is replaced, is white space: nobody's secret comes into the way back. */
function changed(edited: Edited, at: JSONPath, value: unknown, isArrayInsertion: boolean): Edited {
  const [edit] = modify(edited.text, at, value, { isArrayInsertion })
  if (!edit) return edited
  const raw = applied(edited, edit)
  const range = linesAround(raw.text, edit.offset, edit.offset + edit.content.length)
  // From the last on, so that the offsets of the others stay.
  return format(raw.text, range, formatOf(edited.text)).reduceRight(applied, raw)
}

const applied = ({ text, reversals }: Edited, { offset, length, content }: Edit): Edited => ({
  text: text.slice(0, offset) + content + text.slice(offset + length),
  reversals: [{ offset, length: content.length, content: text.slice(offset, offset + length) }, ...reversals],
})

/** The text as it was. */
export const reversed = (text: string, reversals: readonly Reversal[]): string =>
  reversals.reduce(
    (now, { offset, length, content }) => now.slice(0, offset) + content + now.slice(offset + length),
    text,
  )

/** The way back of a text that grew by so much at a place which the way back does not touch. */
export function moved(reversals: readonly Reversal[], offset: number, by: number): Reversal[] {
  let at = offset
  return reversals.map((one) => {
    if (one.offset > at) return { ...one, offset: one.offset + by }
    at += one.content.length - one.length
    return one
  })
}

function linesAround(text: string, from: number, to: number) {
  const isEnd = (at: number) => text[at] === '\n' || text[at] === '\r'
  let [begin, end] = [from, to]
  while (begin > 0 && !isEnd(begin - 1)) begin--
  while (end < text.length && !isEnd(end)) end++
  return { offset: begin, length: end - begin }
}

/** As the file is indented already. */
function formatOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  '
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  return indent.startsWith('\t')
    ? { insertSpaces: false, tabSize: 1, eol }
    : { insertSpaces: true, tabSize: indent.length, eol }
}
