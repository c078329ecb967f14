import { type Document, isAlias, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { Position } from './positions.ts'

/** A fault in a file, where an editor can jump to it. Never the value found there. */
export interface PlacedProblem extends Position {
  readonly file: string
  readonly message: string
}

export interface ParsedYaml {
  /** Plain JSON values; absent when there are problems. */
  readonly value?: unknown
  readonly root: Node | null
  readonly lines: LineCounter
  readonly problems: readonly PlacedProblem[]
}

const MAX_CHARACTERS = 1024 * 1024

/**
 * The part of YAML that configuration needs: one document of maps, lists and plain values. Duplicate keys, anchors,
 * aliases, tags and merge keys are refused, since each lets a reader see something else than the parser does.
 */
export function parseYaml(text: string, file: string): ParsedYaml {
  const lines = new LineCounter()
  const fault = (offset: number, message: string): PlacedProblem => ({
    file,
    ...lines.linePos(offset),
    message,
  })
  if (text.length > MAX_CHARACTERS)
    return { root: null, lines, problems: [{ file, line: 1, col: 1, message: 'larger than 1 MiB' }] }
  const document: Document.Parsed = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    version: '1.2',
    strict: true,
    stringKeys: true,
    uniqueKeys: true,
    merge: false,
    logLevel: 'error',
  })
  const syntax = [...document.errors, ...document.warnings].map(({ code, pos }) =>
    fault(pos[0], SYNTAX[code] ?? 'not valid YAML'),
  )
  const problems = [...syntax, ...forbiddenIn(document, fault)]
  if (problems.length > 0) return { root: document.contents, lines, problems }
  return { value: document.toJS({ maxAliasCount: 0 }), root: document.contents, lines, problems }
}

// The parser's own words quote what they found.
const SYNTAX: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is already there: keep one of them',
  TAB_AS_INDENT: 'indented by a tab: use spaces',
  BAD_INDENT: 'indented differently from its siblings',
  MULTIPLE_DOCS: 'a second document: only one is allowed',
  NON_STRING_KEY: 'a key must be plain text',
  TAG_RESOLVE_FAILED: 'tags are not allowed: write a plain value',
  MISSING_CHAR: 'something is not closed: a quote, a bracket or a colon is missing',
  BLOCK_AS_IMPLICIT_KEY: 'a nested map cannot start on the line of its key',
  UNEXPECTED_TOKEN: 'this does not belong here',
}

function forbiddenIn(
  document: Document.Parsed,
  fault: (offset: number, message: string) => PlacedProblem,
): PlacedProblem[] {
  const problems: PlacedProblem[] = []
  visit(document, {
    Node(_key, node) {
      const offset = node.range?.[0] ?? 0
      if (isAlias(node)) problems.push(fault(offset, 'aliases are not allowed: repeat the value'))
      else if (node.anchor !== undefined)
        problems.push(fault(offset, 'anchors are not allowed: repeat the value'))
      else if (node.tag !== undefined && !PLAIN_TAGS.has(node.tag))
        problems.push(fault(offset, 'tags are not allowed: write a plain value'))
      else if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value))
        problems.push(fault(offset, 'not a finite number'))
    },
    Pair(_key, pair) {
      if (isScalar(pair.key) && pair.key.value === '<<')
        problems.push(fault(pair.key.range?.[0] ?? 0, 'merge keys are not allowed: repeat the fields'))
    },
  })
  if (document.directives?.yaml.explicit) problems.push(fault(0, 'directives are not allowed'))
  if (document.contents !== null && !isMap(document.contents))
    problems.push(fault(document.contents.range?.[0] ?? 0, 'expected a map of fields'))
  return problems
}

const PLAIN_TAGS = new Set(
  ['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].map((kind) => `tag:yaml.org,2002:${kind}`),
)
