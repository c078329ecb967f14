import { ACCESS, type Access } from '@credbroker/core/access'
import type { AgentRow, UserRow, WhoHasWrite } from '@credbroker/core/wire/who-has-write'
import type { Agent, Environment, User } from '../../domain/config.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LastUse, LastUses } from '../../ports/last-uses.ts'
import type { Config, LiveConfig } from '../config/live-config.ts'
import { type Caller, requireRole } from '../identity/caller.ts'
import { agentRow, cellsOf } from './who-has-write-agent.ts'
import { stoppedAgent, stoppedEnvironment, stoppedUser } from './who-has-write-stopped.ts'
import { peopleOf } from './who-has-write-user.ts'
import { waysOf } from './who-has-write-ways.ts'

export interface WhoHasWriteDeps {
  readonly config: LiveConfig
  readonly lastUses: Pick<LastUses, 'of'>
  readonly clock: Clock
  /** Lets others have their turn. */
  readonly pause: () => Promise<unknown>
}

export interface WhoHasWriteQuery {
  readonly environment?: string | undefined
  readonly access?: Access | undefined
  /** `agent:NAME` or `user:NAME` */
  readonly principal?: string | undefined
  readonly cursor?: string | undefined
  readonly limit: number
  /** What was not used for so many days is listed as unused. */
  readonly unusedDays: number
}

const DAY_MS = 24 * 3600 * 1000

/**
 * Who could do what, where, at this moment: every agent and every person, by the decisions that a task would get. Grants nothing.
 * @throws BrokerError `forbidden`
 */
export const whoHasWrite =
  (deps: WhoHasWriteDeps) =>
  async (caller: Caller, query: WhoHasWriteQuery): Promise<WhoHasWrite> => {
    requireRole(caller, 'viewer')
    const config = await deps.config.newest()
    const now = deps.clock.now()
    const { environments, agents, users } = config.snapshot.rows
    const columns = environments
      .filter(({ row }) => (query.environment ?? row.name) === row.name)
      .sort((a, b) => byText(a.row.name, b.row.name))
    const everybody = [
      ...agents.map(({ row }) => ({ principal: `agent:${row.name}`, agent: row })),
      ...users.map(({ row }) => ({ principal: `user:${row.name}`, user: row })),
    ]
    const wanted = everybody
      .filter(({ principal }) => (query.principal ?? principal) === principal)
      .filter(({ principal }) => query.cursor === undefined || byText(principal, query.cursor) > 0)
      .sort((a, b) => byText(a.principal, b.principal))
    const page = wanted.slice(0, query.limit)
    const rows = rowsOf(
      deps,
      config,
      query,
      now,
      columns.map(({ row }) => row),
    )
    const used = await rows.used(page.flatMap((one) => ('agent' in one ? [one.agent.name] : [])))
    const items: (AgentRow | UserRow)[] = []
    for (const one of page)
      items.push('agent' in one ? await rows.agent(one.agent, used) : await rows.user(one.user))
    const last = page.at(-1)
    return {
      at: now.toISOString(),
      version: config.snapshot.version,
      unused_days: query.unusedDays,
      environments: columns.map(({ row }) => {
        const stopped = stoppedEnvironment(config, row.name)
        return { name: row.name, tier: row.tier, ...(stopped && { stopped }) }
      }),
      access: ACCESS.filter((level) => (query.access ?? level) === level),
      items,
      ...(last && wanted.length > page.length && { next_cursor: last.principal }),
    }
  }

function rowsOf(
  { lastUses, pause }: WhoHasWriteDeps,
  config: Config,
  query: WhoHasWriteQuery,
  now: Date,
  columns: readonly Environment[],
) {
  const { snapshot } = config
  const since = new Date(now.getTime() - query.unusedDays * DAY_MS)
  const shown = new Set(columns.map(({ name }) => name))
  const ways = waysOf(config, now, pause)
  const people = peopleOf(snapshot)

  /** Those that were asked about. */
  const wanted = async (agent: Agent) =>
    (await ways(agent)).filter(
      ({ access, scope }) => (query.access ?? access) === access && shown.has(scope.environment),
    )

  return {
    used: async (agents: readonly string[]) =>
      Map.groupBy(agents.length > 0 ? await lastUses.of(agents) : [], ({ agent }) => agent),
    async agent(agent: Agent, used: ReadonlyMap<string, readonly LastUse[]>): Promise<AgentRow> {
      const stopped = stoppedAgent(config, agent.name)
      const uses = new Map(used.get(agent.name)?.map(({ scope, at }) => [scope, at]))
      const found = stopped ? [] : await wanted(agent)
      return { ...agentRow(agent, found, (scope) => uses.get(scope), since), ...(stopped && { stopped }) }
    },
    async user(user: User): Promise<UserRow> {
      const stopped = stoppedUser(config, user.name)
      const owned = snapshot.rows.agents.filter(({ row }) => row.owner === user.name).map(({ row }) => row)
      const through = []
      for (const agent of stopped ? [] : owned) {
        const found = stoppedAgent(config, agent.name) ? [] : await wanted(agent)
        through.push({ agent: agent.name, cells: cellsOf(found, () => undefined) })
      }
      const cells = stopped ? [] : people(user, columns, through)
      return {
        kind: 'user',
        principal: `user:${user.name}`,
        roles: [...user.roles],
        passkey: snapshot.passkeyHolders.has(user.name),
        owns: owned.map(({ name }) => name).sort(),
        cells: cells.filter(({ access }) => (query.access ?? access) === access),
        ...(stopped && { stopped }),
      }
    },
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
