import { ACCESS, type Access } from '@credbroker/core/access'
import type { AgentCell, AgentRow, UnusedAccess, WayView } from '@credbroker/core/wire/who-has-write'
import type { Agent } from '../../domain/config.ts'
import { effort } from './who-has-write-levels.ts'
import type { Way } from './who-has-write-ways.ts'

/** When the agent last used a scope. */
export type LastUsed = (scope: string) => Date | undefined

export const agentRow = (
  agent: Agent,
  ways: readonly Way[],
  lastUsed: LastUsed,
  unusedSince: Date,
): Omit<AgentRow, 'stopped'> => ({
  kind: 'agent',
  principal: `agent:${agent.name}`,
  owner: agent.owner,
  teams: [...agent.teams],
  ...(agent.tool !== null && { tool: agent.tool }),
  ...(agent.model !== null && { model: agent.model }),
  cells: cellsOf(ways, lastUsed),
  unused: unusedOf(ways, lastUsed, unusedSince),
})

/** By environment, then by level as levels are ordered; the easiest way first. */
export function cellsOf(ways: readonly Way[], lastUsed: LastUsed): AgentCell[] {
  const cells = new Map<string, Way[]>()
  for (const way of ways) {
    const key = `${way.scope.environment} ${ACCESS.indexOf(way.access)}`
    cells.set(key, [...(cells.get(key) ?? []), way])
  }
  return [...cells].sort(byKey).flatMap(([, own]) => {
    const sorted = own.sort((a, b) => effort(a) - effort(b) || (a.scope.name < b.scope.name ? -1 : 1))
    const [easiest] = sorted
    if (!easiest) return []
    return [
      {
        environment: easiest.scope.environment,
        access: easiest.access,
        ...answerOf(easiest),
        last_used: newest(sorted, lastUsed),
        ways: sorted.map((way) => wayView(way, lastUsed)),
      },
    ]
  })
}

const wayView = (way: Way, lastUsed: LastUsed): WayView => ({
  scope: way.scope.name,
  ...answerOf(way),
  policies: [...way.policies],
  ...(way.operations && { operations: [...way.operations] }),
  ...(way.conditions && { conditions: [...way.conditions] }),
  ...(way.breakGlass && { break_glass: way.breakGlass }),
  last_used: newest([way], lastUsed),
})

/** Scopes that the agent could do without, one by one: what was not used since then. */
function unusedOf(ways: readonly Way[], lastUsed: LastUsed, since: Date): UnusedAccess[] {
  const scopes = new Map<string, Way[]>()
  for (const way of ways) {
    const used = lastUsed(way.scope.name)
    if (used && used >= since) continue
    scopes.set(way.scope.name, [...(scopes.get(way.scope.name) ?? []), way])
  }
  return [...scopes].sort(byKey).flatMap(([, own]) => {
    const [easiest] = [...own].sort((a, b) => effort(a) - effort(b))
    if (!easiest) return []
    const levels = new Set<Access>(own.map(({ access }) => access))
    return [
      {
        scope: easiest.scope.name,
        environment: easiest.scope.environment,
        access: ACCESS.filter((level) => levels.has(level)),
        answer: answerOf(easiest).answer,
        policies: [...new Set(own.flatMap(({ policies }) => policies))].sort(),
        last_used: newest(own, lastUsed),
      },
    ]
  })
}

const answerOf = ({ approval }: Way) =>
  approval ? { answer: 'with-approval' as const, approval } : { answer: 'yes' as const }

function newest(ways: readonly Way[], lastUsed: LastUsed): string | null {
  const times = ways.flatMap(({ scope }) => lastUsed(scope.name)?.getTime() ?? [])
  return times.length > 0 ? new Date(Math.max(...times)).toISOString() : null
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0
