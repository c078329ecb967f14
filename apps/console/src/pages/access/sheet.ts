import type { Row } from './who-has-write.tsx'

const HEAD = ['who', 'environment', 'access', 'answer', 'approval', 'through', 'policies', 'last_used']

/** A sheet of comma-separated values (RFC 4180), one line for each cell and way. */
export function sheetOf(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) =>
    row.kind === 'agent'
      ? row.cells.flatMap(({ environment, access, ways }) =>
          ways.map(({ scope, answer, approval, policies, last_used }) => [
            row.principal,
            environment,
            access,
            answer,
            approval ?? '',
            scope,
            policies.join(' '),
            last_used ?? 'never',
          ]),
        )
      : row.cells.flatMap(({ environment, access, because }) =>
          because.map(({ answer, means, agent }) => [
            row.principal,
            environment,
            access,
            answer,
            '',
            agent === undefined ? means : `${means} ${agent}`,
            '',
            '',
          ]),
        ),
  )
  return [HEAD, ...lines].map((line) => `${line.map(field).join(',')}\r\n`).join('')
}

/** No spreadsheet is to compute what a name begins with. */
function field(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
