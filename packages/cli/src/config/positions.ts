import { isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml'

/** 1-based, as editors count. */
export interface Position {
  readonly line: number
  readonly col: number
}

export type Path = readonly PropertyKey[]

/**
 * Where a path is written. Where the last steps do not exist (a field that is missing), the nearest thing that
 * does; the position of a member is that of its key.
 */
export function positionOf(root: Node | null, path: Path, lines: LineCounter): Position {
  let node: unknown = root
  let offset = startOf(root) ?? 0
  for (const step of path) {
    const next = descend(node, step)
    if (next === undefined) break
    offset = next.offset ?? offset
    node = next.value
  }
  return lines.linePos(offset)
}

/**
 * Splits what a server calls a place, such as `scopes.orders-ro.allow.tables[0]`, by what the document holds: keys
 * may themselves contain dots. What the document does not hold is split at its dots.
 */
export function pathFromText(root: Node | null, text: string): Path {
  const path: PropertyKey[] = []
  let node: unknown = root
  let rest = text
  while (rest !== '') {
    const step = isSeq(node) ? index(rest) : longestKey(node, rest)
    const taken = step ?? rest.split(/[.[]/, 1)[0] ?? rest
    path.push(isSeq(node) ? Number.parseInt(taken.replace('[', ''), 10) : taken)
    node = descend(node, path.at(-1) as PropertyKey)?.value
    const after = rest.slice(taken.length).replace(/^\.|^\](?:\.|(?=\[)|$)/, '')
    rest = after.length < rest.length ? after : ''
  }
  return path
}

const index = (rest: string): string | undefined => /^\[?\d+/.exec(rest)?.[0]

function longestKey(node: unknown, rest: string): string | undefined {
  if (!isMap(node)) return undefined
  return node.items
    .map((pair) => keyText(pair))
    .filter((key) => key !== '' && (rest === key || rest.startsWith(`${key}.`) || rest.startsWith(`${key}[`)))
    .sort((a, b) => b.length - a.length)[0]
}

function descend(
  node: unknown,
  step: PropertyKey,
): { value: unknown; offset: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => keyText(item) === String(step))
    return pair && { value: pair.value, offset: startOf(pair.key) }
  }
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step]
    return item === undefined ? undefined : { value: item, offset: startOf(item) }
  }
  return undefined
}

const keyText = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : '')
const startOf = (node: unknown): number | undefined => (node as Node | null)?.range?.[0]
