import { csv } from './csv.ts'
import type { WhoHasWrite } from './wire/who-has-write.ts'

type Row = WhoHasWrite['items'][number]

const HEADINGS = [
  'principal',
  'environment',
  'access',
  'answer',
  'approval',
  'through',
  'operations',
  'policies',
  'conditions',
  'break_glass',
  'last_used',
  'reason',
] as const
type Line = Partial<Record<(typeof HEADINGS)[number], string | null | undefined>>

/** One line for each scope, or means of a person, that gives a level in an environment. */
export const whoHasWriteCsv = (items: readonly Row[]): string =>
  csv([HEADINGS, ...items.flatMap(linesOf).map((line) => HEADINGS.map((heading) => line[heading] ?? ''))])

const linesOf = (row: Row): Line[] =>
  row.kind === 'agent'
    ? row.cells.flatMap(({ environment, access, ways }) =>
        ways.map(({ scope, operations, policies, conditions, ...way }) => ({
          ...way,
          principal: row.principal,
          environment,
          access,
          through: scope,
          operations: operations?.join(' '),
          policies: policies.join(' '),
          conditions: conditions?.join(' '),
        })),
      )
    : row.cells.flatMap(({ environment, access, because }) =>
        because.map(({ answer, means, agent, reason }) => ({
          principal: row.principal,
          environment,
          access,
          answer,
          through: agent ?? means,
          reason,
        })),
      )
