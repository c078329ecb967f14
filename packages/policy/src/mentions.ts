import { type Node, walk } from './cedar-json.ts'
import type { FactValue } from './request.ts'

/** Attributes of the context that are decided on one by one; facts come on top, each by its name. */
export const CONTEXT_LEAVES = [
  'task.environment',
  'task.purpose',
  'task.ticket',
  'phase',
  'ttlSeconds',
  'approval',
  'approverExists',
  'now',
  'source',
  'scan',
] as const
export type ContextLeaf = (typeof CONTEXT_LEAVES)[number]

/** What some policies of a set can look at. Nothing else of a context reaches Cedar, so nothing else can change an answer. */
export interface Mentions {
  readonly leaves: ReadonlySet<ContextLeaf>
  /** `all` where a policy looks at the record of facts as a whole; `backup.ageSeconds` for a member of that record. */
  readonly facts: 'all' | ReadonlySet<string>
}

/** What of a fact is looked at: all of it, nothing, or some members of a record. */
export function mentionedOf(
  { facts }: Pick<Mentions, 'facts'>,
  name: string,
  value: FactValue,
): FactValue | undefined {
  if (facts === 'all' || facts.has(name)) return value
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  const members = Object.entries(value).filter(([member]) => facts.has(`${name}.${member}`))
  return members.length > 0 ? Object.fromEntries(members) : undefined
}

/** The attributes read, outermost first, where the node is `context`, or `.`/`has` upon it; otherwise undefined. */
function contextPath(node: Node | undefined): string[] | undefined {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return undefined
  const record = node as { readonly [key: string]: Node }
  if (record['Var'] === 'context') return []
  for (const operator of ['.', 'has']) {
    const access = record[operator]
    if (typeof access !== 'object' || access === null || Array.isArray(access)) continue
    const { left, attr } = access as { readonly [key: string]: Node }
    const path = contextPath(left)
    if (path === undefined) return undefined
    const names = (Array.isArray(attr) ? attr : [attr]).map(String)
    return [...path, ...names]
  }
  return undefined
}

/** Every path that a policy reads from the context. The empty path means the context as a whole. */
function pathsOf(json: Node): string[][] {
  const paths: string[][] = []
  walk(json, (node) => {
    const path = contextPath(node)
    if (path !== undefined) paths.push(path)
    return path === undefined
  })
  return paths
}

/** Derived from the policies' syntax; a path that fits nothing known counts as everything. */
export function mentionsOf(policies: Iterable<Node>): Mentions {
  const leaves = new Set<ContextLeaf>()
  const facts = new Set<string>()
  let allFacts = false
  const everything = (): void => {
    for (const leaf of CONTEXT_LEAVES) leaves.add(leaf)
    allFacts = true
  }
  for (const json of policies)
    for (const [first, second, third] of pathsOf(json)) {
      const wanted = CONTEXT_LEAVES.filter(
        (leaf) =>
          leaf === first ||
          leaf === `${first}.${second}` ||
          (second === undefined && leaf.startsWith(`${first}.`)),
      )
      if (first === 'facts') {
        if (second === undefined) allFacts = true
        else facts.add(second === 'backup' && third !== undefined ? `backup.${third}` : second)
      } else if (first === undefined || wanted.length === 0) everything()
      else for (const leaf of wanted) leaves.add(leaf)
    }
  return { leaves, facts: allFacts ? 'all' : facts }
}
