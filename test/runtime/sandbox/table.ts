import { ATTACKS } from './attacks.ts'
import type { Column } from './score.ts'

export const [BEGIN, END] = ['<!-- attacks: npm run attacks -- --write -->', '<!-- end of attacks -->']

/** With the sandbox, and without. */
export interface Score {
  readonly confined: Column
  readonly open: Column
}

const word = (column: Column, name: string): string => {
  const verdict = column.get(name)
  if (!verdict) return 'not tried'
  return verdict.held ? 'held' : '**not held**'
}

const sum = (column: Column): string =>
  `${[...column.values()].filter(({ held }) => held).length} of ${column.size} held`

const sums = (who: string, { confined, open }: Score): string =>
  `| | ${who} | ${sum(confined)} | ${sum(open)} |`

/** Each attack by an ordinary user; the same by root as sums, where root has tried. */
export function attackTable(ordinary: Score, root?: Score): string {
  const rows = Object.entries(ATTACKS).map(
    ([name, text], at) =>
      `| ${at + 1} | ${text} | ${word(ordinary.confined, name)} | ${word(ordinary.open, name)} |`,
  )
  return [
    '| | Attack | `--sandbox` | without |',
    '| --- | --- | --- | --- |',
    ...rows,
    sums('All of them, by an ordinary user', ordinary),
    ...(root ? [sums('All of them, by root', root)] : []),
  ].join('\n')
}

/** A page with this table between its marks. */
export function withTable(page: string, table: string): string {
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error('the page has no place for the table')
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`
}
