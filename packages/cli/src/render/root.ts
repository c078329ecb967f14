import type { RootView } from '@credbroker/core/wire/admin'
import { describe } from './describe.ts'
import { printable } from './printable.ts'

/** A root for people: what it is, then each finding on its own line, the worst first. */
export function rootText(view: RootView): string {
  const { findings, capabilities, tampered, disabled, ...rest } = view
  const flags = { ...(tampered && { tampered }), ...(disabled && { disabled }) }
  const lines = findings
    .toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level))
    .map(({ level, code, message }) => `  ${level.padEnd(10)}  ${code}: ${printable(message)}\n`)
  const told = lines.length > 0 ? `findings:\n${lines.join('')}` : 'findings: none\n'
  return `${describe({ ...rest, can: capabilities, ...flags })}${told}`
}

const LEVELS = ['unsafe', 'over-broad', 'advice']
