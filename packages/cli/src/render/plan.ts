import { styleText } from 'node:util'
import type { Problem } from '@credbroker/core/errors'
import type { ConfigChange, Plan } from '@credbroker/core/wire/admin'
import { printable } from './printable.ts'

const MARK = { create: '+', update: '~', remove: '−' } as const
const COLOUR = { create: 'green', update: 'yellow', remove: 'red' } as const

/** A plan for people: one line per thing, one per field that changes, and what a person will have to approve. */
export function planText(plan: Plan, warnings: readonly Problem[], colour: boolean): string {
  const changes = together(plan.changes)
  const lines = changes.flatMap((change) => changeLines(change, colour))
  const count = (action: ConfigChange['action']): number =>
    changes.filter((change) => change.action === action).length
  const summary =
    changes.length === 0
      ? 'No changes.'
      : `${count('create')} to create, ${count('update')} to change, ${count('remove')} to remove.`
  return [
    ...lines,
    ...warnings.map(({ at, message }) => `warning: ${printable(at)}  ${printable(message)}`),
    ...plan.needs_secret.map(
      (root) => `root ${printable(root)}: its credential will be read, and its scopes looked at`,
    ),
    summary,
    '',
  ].join('\n')
}

/** What changes about one thing stands in one place, however the broker stores it. */
const together = (changes: readonly ConfigChange[]): ConfigChange[] =>
  [...Map.groupBy(changes, ({ kind, name, action }) => `${kind} ${name} ${action}`).values()].map((same) => ({
    ...(same[0] as ConfigChange),
    fields: same.flatMap(({ fields }) => fields),
    approval: same.some(({ approval }) => approval),
  }))

function changeLines(change: ConfigChange, colour: boolean): string[] {
  const { kind, name, action, fields, approval } = change
  const head = `${MARK[action]} ${kind} ${printable(name)}`
  const mark = approval ? '  (needs approval once approvers exist: protected)' : ''
  return [
    (colour ? styleText(COLOUR[action], head, { validateStream: false }) : head) + mark,
    ...(action === 'remove' ? [] : fields.flatMap((field) => fieldLines(field, action))),
    ...(action === 'update' && fields.length === 0
      ? ['    nothing but its owner: from now on these files']
      : []),
  ]
}

type Field = ConfigChange['fields'][number]

function fieldLines({ field, from, to }: Field, action: ConfigChange['action']): string[] {
  if (action === 'create' && isNothing(to)) return []
  const name = `    ${printable(field)}: `
  if (isText(from) || isText(to)) return [name.trimEnd(), ...textLines(from, to)]
  if (isFindings(to))
    return [
      name.trimEnd(),
      ...to.map(({ level, code, message }) => `      ${printable(`${level}  ${code}: ${message}`)}`),
    ]
  if (action === 'create' || from === undefined) return [name + value(to)]
  return [`${name}${value(from)} → ${value(to)}`]
}

/** A policy is shown line by line, so that a reviewer sees which condition went. */
function textLines(from: unknown, to: unknown): string[] {
  const before = isText(from) ? from.trimEnd().split('\n') : []
  const after = isText(to) ? to.trimEnd().split('\n') : []
  const gone = before.filter((line) => !after.includes(line)).map((line) => `      − ${printable(line)}`)
  const come = after.filter((line) => !before.includes(line)).map((line) => `      + ${printable(line)}`)
  return [...gone, ...come]
}

/** What a new thing has anyway says nothing about it. */
const isNothing = (value: unknown): boolean =>
  value === undefined || value === false || JSON.stringify(value) === '[]' || JSON.stringify(value) === '{}'

type Finding = Readonly<Record<'level' | 'code' | 'message', unknown>>

/** What a look at the vendor found wants to be read, not parsed. */
const isFindings = (value: unknown): value is readonly Finding[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one?.message === 'string')

const isText = (value: unknown): value is string => typeof value === 'string' && value.includes('\n')
const value = (given: unknown): string => {
  if (given === undefined || given === null) return 'none'
  return printable(typeof given === 'string' ? given : JSON.stringify(given))
}
