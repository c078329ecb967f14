import { canonicalHash, type Json } from '@credbroker/core/canonical-json'
import { type ConfigTable, type Controls, keyOf } from '../../domain/config.ts'
import { changedFields, type RowChange } from '../../domain/config-diff.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

/** Of a root: what is looked up anew each time the same is asked, and decides nothing. Its fingerprint says which credential it is. */
const VOLATILE: ReadonlySet<string> = new Set(['addedAt', 'checkedAt', 'version'])
/** What says nothing to a reader that the line's head does not. */
const UNTOLD: ReadonlySet<string> = new Set([...VOLATILE, 'name'])
/** Who owns what is new goes without saying. */
const UNTOLD_OF_NEW: ReadonlySet<string> = new Set([...UNTOLD, 'source'])

/** Everything that would be written, in one order, whichever way it was asked. */
export const changeHash = (changes: readonly RowChange[]): string =>
  canonicalHash(
    changes
      .map(({ table, before, after }) => ({
        table,
        key: keyOf(table, (after ?? before) as never),
        before: before === undefined ? null : lasting(table, before),
        after: after === undefined ? null : lasting(table, after),
      }))
      .sort((a, b) => (`${a.table} ${a.key}` < `${b.table} ${b.key}` ? -1 : 1)),
  )

function lasting(table: ConfigTable, row: object): Json {
  const members = Object.entries(row).filter(([name]) => table !== 'roots' || !VOLATILE.has(name))
  return JSON.parse(JSON.stringify(Object.fromEntries(members))) as Json
}

/** On what ground it was asked: any later write, of whatever, makes it another question. */
export const groundHash = ({ version, manifest }: ConfigSnapshot): string =>
  canonicalHash({ version, manifest: manifest?.version ?? null })

/** `widens`: which of the changes are why a person is asked. */
export const changeLines = (
  changes: readonly RowChange[],
  widens: (change: RowChange) => boolean,
): string[] =>
  changes.flatMap((change) => {
    const { table, before, after } = change
    if (change.table === 'controls') return controlLines(change.before, change.after, widens(change))
    const off = (row: unknown) => row === undefined || (row as { disabled?: boolean }).disabled === true
    const mark = off(after) ? '−' : off(before) ? '+' : '~'
    const head = `${mark} ${WORD[table]} ${keyOf(table, (after ?? before) as never)}`
    return [
      widens(change) ? `${head}  (widens)` : head,
      ...(after === undefined
        ? []
        : changedFields(before, after, before ? UNTOLD : UNTOLD_OF_NEW).flatMap(fieldLines)),
    ]
  })

const WORD: Readonly<Record<RowChange['table'], string>> = {
  environments: 'environment',
  anchors: 'anchor',
  users: 'user',
  teams: 'team',
  issuers: 'issuer',
  agents: 'agent',
  roots: 'root',
  root_environments: 'use of root',
  scopes: 'scope',
  policies: 'policy',
  controls: 'controls',
}

/** What is frozen goes by its target, and is no row to people. */
function controlLines(before: Controls | undefined, after: Controls | undefined, widens: boolean): string[] {
  const targets = (row: Controls | undefined) => row?.freezes.map(({ target }) => target) ?? []
  const lifted = targets(before).filter((target) => !targets(after).includes(target))
  const set = targets(after).filter((target) => !targets(before).includes(target))
  const lines = [
    ...lifted.map((target) => `− freeze ${target}`),
    ...set.map((target) => `+ freeze ${target}`),
  ]
  return (lines.length > 0 ? lines : ['~ freezes']).map((line) => (widens ? `${line}  (widens)` : line))
}

type Field = ReturnType<typeof changedFields>[number]

function fieldLines({ field, from, to }: Field): string[] {
  if (from === undefined && isNothing(to)) return []
  if (isText(from) || isText(to)) return [`    ${field}:`, ...textLines(from, to)]
  return [`    ${field}: ${from === undefined ? '' : `${word(from)} → `}${word(to)}`]
}

/** Line by line, so that a reader sees which condition went. */
function textLines(from: unknown, to: unknown): string[] {
  const before = isText(from) ? from.trimEnd().split('\n') : []
  const after = isText(to) ? to.trimEnd().split('\n') : []
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `      − ${line}`),
    ...after.map((line) => `      ${before.includes(line) ? ' ' : '+'} ${line}`),
  ]
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === false || ['[]', '{}'].includes(JSON.stringify(value))
/** Policies always: one that has a single line is a text too. */
const isText = (value: unknown): value is string => typeof value === 'string' && /[\n;]/.test(value)
const word = (value: Json | undefined): string => {
  if (value === undefined || value === null) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
