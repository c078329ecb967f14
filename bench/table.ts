import type { Row } from './row.ts'

/** The rows for people. */
export function showTable(rows: readonly Row[]): string {
  const head = ['', 'row', 'measured', 'beside', 'ratio', 'budget']
  const lines = rows.map((row) => [
    row.ok ? 'ok' : 'MISSED',
    row.name,
    `${row.value} ${row.unit}`,
    row.yardstick,
    row.ratio === null ? '' : String(row.ratio),
    row.budget,
  ])
  const widths = head.map((_, at) => Math.max(...[head, ...lines].map((line) => (line[at] ?? '').length)))
  const show = (line: readonly string[]) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const details = rows.flatMap(({ name, detail }) => (detail ? [`${name}: ${detail}`] : []))
  return `${[show(head), ...lines.map(show), '', ...details].join('\n')}\n`
}
