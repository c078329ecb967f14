import { printable } from './printable.ts'

/**
 * Columns aligned by spaces, a heading in capitals, no borders: reads well and cuts well.
 * Cells are made {@link printable}; an empty cell prints `-`; times lose their milliseconds, which `--json` has.
 * Where a row is wider than `columns`, each becomes a block of `heading: cell` lines instead of wrapping. Without rows it says so.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | undefined)[])[],
  columns = Number.POSITIVE_INFINITY,
): string {
  if (rows.length === 0) return 'There are none.\n'
  const lines = [
    headings.map((heading) => heading.toUpperCase()),
    ...rows.map((row) => row.map((cell) => printable(shortTime(cell) || '-'))),
  ]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  if (widths.reduce((sum, width) => sum + width + 2, -2) > columns) return blocks(lines)
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

function blocks([headings = [], ...rows]: readonly (readonly string[])[]): string {
  const width = Math.max(...headings.map((heading) => heading.length)) + 2
  const block = (row: readonly string[]): string =>
    headings.map((heading, at) => `${heading.padEnd(width)}${row[at] ?? ''}\n`).join('')
  return rows.map(block).join('\n')
}

const shortTime = (cell: string | undefined): string | undefined =>
  cell?.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z$/, '$1Z')
