import type { AgentCell, UserCell, WayView, WhoHasWrite } from '@credbroker/core/wire/who-has-write'
import { table } from './table.ts'

/** One line for each principal, environment and level; whoever has nothing is left out. */
export function whoHasWriteText({ items, environments }: WhoHasWrite, columns?: number): string {
  const rows = items.flatMap(({ principal, cells }) =>
    cells.map((cell) => [
      principal,
      cell.environment,
      cell.access,
      ...('ways' in cell ? ofAgent(cell) : ofUser(cell)),
    ]),
  )
  const stopped = [
    ...environments.map(({ name, stopped }) => [`environment ${name}`, stopped] as const),
    ...items.map(({ principal, stopped }) => [principal, stopped] as const),
  ].filter(([, why]) => why !== undefined)
  return [
    rows.length === 0
      ? 'Nobody.\n'
      : table(['who', 'environment', 'access', 'answer', 'through', 'policies', 'last used'], rows, columns),
    ...(stopped.length > 0
      ? ['\nNothing is given where somebody stopped it:\n', table(['what', 'why'], stopped)]
      : []),
  ].join('')
}

const ofAgent = ({ answer, approval, ways, last_used }: AgentCell): string[] => [
  approval ? `${answer} (${approval})` : answer,
  ways.map(wayText).join(', '),
  [...new Set(ways.flatMap(({ policies }) => policies))].join(', '),
  last_used ?? 'never',
]

const wayText = ({ scope, operations, conditions, break_glass }: WayView): string => {
  const only = [
    ...(operations ? [`only ${operations.join(' ')}`] : []),
    ...(conditions ? [`depends on ${conditions.join(' ')}`] : []),
    ...(break_glass ? ['break-glass'] : []),
  ]
  return only.length > 0 ? `${scope} (${only.join('; ')})` : scope
}

const ofUser = ({ answer, because }: UserCell): string[] => [
  answer,
  because.map(({ reason }) => reason).join('; '),
  '',
  '',
]

/** What could be taken away. */
export function unusedText({ items, unused_days }: WhoHasWrite, columns?: number): string {
  const rows = items.flatMap((item) =>
    item.kind === 'agent'
      ? item.unused.map(({ scope, environment, access, policies, last_used }) => [
          item.principal,
          scope,
          environment,
          access.join(' '),
          policies.join(', '),
          last_used ?? 'never',
        ])
      : [],
  )
  if (rows.length === 0) return `Every scope was used within ${unused_days} days by every agent that may.\n`
  return table(['who', 'scope', 'environment', 'access', 'policies', 'last used'], rows, columns)
}
