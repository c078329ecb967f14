/** Where the story goes: standard output, or standard error when standard output is for the rows. */
export type Write = (text: string) => void

const WIDTH = 100

/** One line of progress; what is longer than the terminal goes on under itself. */
export function progress(who: string, text: string): string {
  const room = WIDTH - 14
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < room) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line, at) => `${(at === 0 ? who : '').padStart(12)}  ${line}\n`).join('')
}

export const heading = (text: string): string => `\n${text}\n${'─'.repeat(Math.min(WIDTH, text.length))}\n`

/** Columns as wide as their longest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return rows.map((row) => `${line(row)}\n`).join('')
}
