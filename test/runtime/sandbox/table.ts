import { ATTACKS } from './attacks.ts'
import type { Column } from './score.ts'

export const [BEGIN, END] = ['<!-- attacks: npm run attacks -- --write -->', '<!-- end of attacks -->']

const word = (column: Column, name: string): string => {
  const verdict = column.get(name)
  if (!verdict) return 'not tried'
  return verdict.held ? 'held' : '**not held**'
}

const sum = (column: Column): string =>
  `${[...column.values()].filter(({ held }) => held).length} of ${column.size} held`

export function attackTable(confined: Column, open: Column): string {
  const rows = Object.entries(ATTACKS).map(
    ([name, text], at) => `| ${at + 1} | ${text} | ${word(confined, name)} | ${word(open, name)} |`,
  )
  return [
    '| | Attack | `--sandbox` | without |',
    '| --- | --- | --- | --- |',
    ...rows,
    `| | | ${sum(confined)} | ${sum(open)} |`,
  ].join('\n')
}

/** A page with this table between its marks. */
export function withTable(page: string, table: string): string {
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error('the page has no place for the table')
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`
}
