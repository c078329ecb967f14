import type { JSONPath, Node } from 'jsonc-parser'
import { findNodeAtLocation } from 'jsonc-parser'
import { looksLikeACredential } from '../exec/ambient-patterns.ts'
import type { Match } from '../scan/match.ts'
import { treeOf } from './edit-json.ts'

/** A text of a server's entry that holds a credential. Its value stays in this process. */
export interface PastedKey {
  readonly in: 'env' | 'headers' | 'args' | 'command' | 'url'
  /** Of a variable or a header; of another place how people call it. */
  readonly name: string
  readonly at: JSONPath
  readonly value: string
  /** What a scan calls it, where one finds it. */
  readonly kind: string | undefined
  /** Where its literal stands, quotes and all. */
  readonly from: number
  readonly to: number
}

/** An entry of a list of MCP servers, as far as we look at it. */
export interface ServerEntry {
  readonly name: string
  readonly at: JSONPath
  /** The tool connects to it by itself. */
  readonly remote: boolean
  /** Undefined where it is no plain entry of a program: one command, one list of arguments, one set of variables. */
  readonly command: string | undefined
  /** Names of its variables. */
  readonly variables: readonly string[]
  readonly hasArgs: boolean
  /** A secret lies in it that is no value of these: in a comment, say. */
  readonly strays: boolean
  readonly keys: readonly PastedKey[]
}

const WHERE = { args: 'its arguments', command: 'its command', url: 'its URL' } as const

/** By its name: what a value looks like differs from vendor to vendor. */
const NAMED = /(key|token|secret|password|authorization|credential)/i
/** `${TOKEN}` and `$MY_TOKEN` are references, and `<TOKEN>` is a place for one. A password may be `$ECRET`. */
const NONE = /^$|^(\w+ )?\$(\{|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$)|^</

/** Where the tool connects to: each tool has its own word for it. */
const URLS = ['url', 'httpUrl', 'serverUrl']

/** Every server of these lists, with the keys that lie in its entry. `matches`: what a scan finds in the text. */
export function serversIn(
  text: string,
  matches: readonly Match[],
  lists: readonly JSONPath[],
): ServerEntry[] {
  const tree = treeOf(text)
  if (!tree) return []
  return lists.flatMap((list) => {
    const entries = propertiesOf(findNodeAtLocation(tree, list))
    return entries.map(({ name, node }) => {
      const entry = entryOf(name, [...list, name], node, matches)
      const plain = entries.filter((one) => one.name === name).length === 1 && isPlain(node)
      return plain ? entry : { ...entry, command: undefined }
    })
  })
}

function isPlain(node: Node): boolean {
  const fields = propertiesOf(node)
  return Object.entries({ command: 'string', args: 'array', env: 'object' }).every(([name, type]) => {
    const [first, ...rest] = fields.filter((one) => one.name === name)
    return rest.length === 0 && (first === undefined || first.node.type === type)
  })
}

function entryOf(name: string, at: JSONPath, node: Node, matches: readonly Match[]): ServerEntry {
  const fields = propertiesOf(node)
  const field = (wanted: string) => fields.filter((one) => one.name === wanted).map((one) => one.node)
  const texts = [
    ...(['env', 'headers'] as const).flatMap((place) =>
      field(place)
        .flatMap(propertiesOf)
        .map((one) => ({ ...one, in: place, at: [...at, place, one.name] })),
    ),
    ...field('args')
      .flatMap(({ children = [] }) => children)
      .map((one, index) => ({
        in: 'args' as const,
        name: WHERE.args,
        node: one,
        at: [...at, 'args', index],
      })),
    ...['command', ...URLS].flatMap((place) =>
      field(place).map((one) => {
        const kind = place === 'command' ? ('command' as const) : ('url' as const)
        return { in: kind, name: WHERE[kind], node: one, at: [...at, place] }
      }),
    ),
  ].flatMap(({ node: { type, value, offset: from, length }, ...one }) =>
    type === 'string' && typeof value === 'string' ? [{ ...one, value, from, to: from + length }] : [],
  )
  const keys = texts.flatMap((one) => {
    const match = matches.find((found) => overlap(found, one))
    return match || isNamed(one) ? [{ ...one, kind: match?.kind }] : []
  })
  return {
    name,
    at,
    remote: ['headers', ...URLS].some((name) => field(name).length > 0),
    command: texts.find((one) => one.in === 'command')?.value,
    variables: texts.filter((one) => one.in === 'env').map((one) => one.name),
    hasArgs: field('args').length > 0,
    strays: matches.some(
      (match) =>
        overlap(match, { from: node.offset, to: node.offset + node.length }) &&
        !texts.some((one) => overlap(match, one)),
    ),
    keys,
  }
}

function isNamed({ in: place, name, value }: Pick<PastedKey, 'in' | 'name' | 'value'>): boolean {
  if (NONE.test(value)) return false
  return looksLikeACredential(name, value) || ((place === 'env' || place === 'headers') && NAMED.test(name))
}

interface Span {
  readonly from: number
  readonly to: number
}
export const overlap = (one: Span, other: Span): boolean => one.from < other.to && other.from < one.to

const propertiesOf = (node: Node | undefined): { name: string; node: Node }[] =>
  node?.type !== 'object'
    ? []
    : (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
        key && value ? [{ name: String(key.value), node: value }] : [],
      )
