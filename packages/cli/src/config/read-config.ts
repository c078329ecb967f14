import { type ConfigDocument, configDocument } from '@credbroker/core/config/document'
import type { Problem } from '@credbroker/core/errors'
import type { z } from 'zod'
import { type PlacedProblem, parseYaml } from './parse-yaml.ts'
import { type Path, type Position, pathFromText, positionOf } from './positions.ts'

export type ConfigReading =
  | { readonly config: ConfigDocument; readonly locate: (at: string) => Position }
  | { readonly problems: readonly PlacedProblem[] }

/**
 * `broker.yaml` as the broker takes it, with every default in place and durations in seconds. All faults are
 * found at once, each with its line and column. `locate` turns a place as the server names it into a position.
 */
export function readConfig(text: string, file: string): ConfigReading {
  const yaml = parseYaml(text, file)
  if (yaml.problems.length > 0) return { problems: inOrder(yaml.problems) }
  const place = (path: Path): Position => positionOf(yaml.root, path, yaml.lines)
  const parsed = configDocument.safeParse(yaml.value ?? {})
  if (parsed.success) return { config: parsed.data, locate: (at) => place(pathFromText(yaml.root, at)) }
  const problems = parsed.error.issues.flatMap((issue) =>
    placesOf(issue).map((path) => ({ file, ...place(path), message: explain(issue, path) })),
  )
  return { problems: inOrder(problems) }
}

/** A problem that a server found, at the line that caused it; unchanged where no file of ours says so. */
export function placeProblem(problem: Problem, file: string, locate: (at: string) => Position): Problem {
  const at = problem.at.replace(/^config\./, '')
  // Some places are fields of a credential or of a request: no line of the file says those.
  if (!Object.hasOwn(configDocument.shape, at.split(/[.[]/, 1)[0] ?? '')) return problem
  const { line, col } = locate(at)
  return { at: `${file}:${line}:${col}`, message: `${problem.at}: ${problem.message}` }
}

const placesOf = (issue: z.core.$ZodIssue): Path[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]

/** Names the field, never the value in it. */
function explain(issue: z.core.$ZodIssue, path: Path): string {
  const field = path.map(String).join('.') || 'the document'
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${field}: no such field`
    case 'invalid_key':
      return `${field}: a name is ${issue.issues[0]?.message ?? 'not of the right form'}`
    case 'invalid_type':
      return `${field}: ${issue.input === undefined && issue.message.endsWith('received undefined') ? 'is missing' : `must be ${article(issue.expected)}`}`
    case 'invalid_union':
      return `${field}: ${issue.errors.flat()[0]?.message ?? issue.message}`
    case 'invalid_value':
      return `${field}: must be ${issue.values.map(String).join(', ')}`.replace(/, ([^,]+)$/, ' or $1')
    default:
      return `${field}: ${issue.message}`
  }
}

const article = (expected: string): string =>
  expected === 'record' || expected === 'object'
    ? 'a map (`{}` for none)'
    : expected === 'array'
      ? 'a list'
      : `a ${expected}`

const inOrder = (problems: readonly PlacedProblem[]): PlacedProblem[] =>
  problems.toSorted((a, b) => a.line - b.line || a.col - b.col)
