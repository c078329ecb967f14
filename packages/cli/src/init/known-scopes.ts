import { LIMITS } from '@credbroker/core/limits'
import type { agentView } from '@credbroker/core/wire/admin'
import type { Simulation } from '@credbroker/core/wire/simulate'
import { BrokerApiError, BrokerUnreachableError } from '@credbroker/sdk/errors'
import type { z } from 'zod'
import type { Cli } from '../cli.ts'
import { connect, listAll } from '../client.ts'
import { LocalError, UsageError } from '../usage-error.ts'
import { agentProfile } from './agent-profile.ts'
import type { Scope } from './key-use.ts'
import type { Obstacle } from './rewrite-server.ts'

/** What the broker says of scopes, and of an agent that is to use them. */
export interface Known {
  readonly agent: string
  /** What `broker exec` has to be told to be that agent. */
  readonly profile: string | undefined
  /** As long as a task of that agent may be. */
  readonly ttl: string
  readonly scopes: readonly Scope[]
  /** Whether policy would let the agent have it. */
  readonly may: (scope: Scope) => Promise<boolean>
}

/** Asks as the person of the profile. @throws LocalError, UsageError, BrokerApiError, BrokerUnreachableError */
export async function askScopes(cli: Cli, environment?: string, as?: string): Promise<Known> {
  const client = await connect(cli)
  const { agent, issuer, profile } = await agentProfile(cli, as)
  if (issuer !== client.profile.issuer)
    throw new LocalError(`The agent ${agent} is enrolled at another broker than the profile that asks.`, {
      advice: 'Choose the asking one with --profile NAME.',
    })
  const longest = await client.get<Pick<z.infer<typeof agentView>, 'max_task_seconds'>>(`/v1/agents/${agent}`)
  const ttl = Math.min(longest.max_task_seconds, LIMITS.taskMaxSeconds)
  const all = await listAll<Scope>(client, '/v1/scopes')
  const verdicts = new Map<string, Promise<Simulation>>()
  return {
    agent,
    profile,
    ttl: ttl % 3600 === 0 ? `${ttl / 3600}h` : `${ttl}s`,
    scopes: all.filter(
      (scope) => !scope.disabled && (environment === undefined || scope.environment === environment),
    ),
    may: async ({ name: scope, environment: of }) => {
      const body = { agent, scope, environment: of, ttl }
      const asked = verdicts.get(scope) ?? client.post<Simulation>('/v1/simulate', body)
      verdicts.set(scope, asked)
      return (await asked).verdict !== 'deny'
    },
  }
}

/** Why nothing is known. Servers are named all the same. @throws what is no answer of anybody */
export function notKnown(error: unknown): Obstacle {
  if (error instanceof BrokerApiError)
    return { why: error.reason, todo: 'Ask as a person who may see scopes: --profile NAME.' }
  if (error instanceof BrokerUnreachableError)
    return { why: 'no broker could be asked for its scopes', todo: '`broker doctor` says more.' }
  if (error instanceof LocalError || error instanceof UsageError)
    return { why: error.message.replace(/\.$/, ''), todo: error.advice ?? '' }
  throw error
}
