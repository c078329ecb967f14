import type { Cli } from '../cli.ts'
import { loadProfile, type Profile, profileName, profileNames } from '../profile.ts'
import { LocalError, UsageError } from '../usage-error.ts'

/** The agent that servers run as. */
export interface AgentProfile {
  readonly agent: string
  readonly issuer: string
  /** What `broker exec` has to be told; undefined where it takes that one by itself. */
  readonly profile: string | undefined
}

/** The one that is named; the one that a command takes by itself, where it is an agent's; or the only agent of this user. */
export async function agentProfile({ env }: Pick<Cli, 'env'>, named?: string): Promise<AgentProfile> {
  if (named !== undefined) {
    const found = agentOf(named, await loadProfile(env, profileName(env, named)))
    if (!found) throw new UsageError('--as is the profile of an agent on this machine.', ENROL)
    return found
  }
  const own = profileName(env)
  const first = agentOf(own, await loadProfile(env, own))
  if (first) return first
  const names = await profileNames(env)
  const agents = await Promise.all(
    names.map(async (name) => agentOf(name, await loadProfile(env, name).catch(() => undefined))),
  )
  const [only, ...more] = agents.filter((one) => one !== undefined)
  if (only && more.length === 0) return only
  throw new LocalError(
    only ? 'Several agents have profiles on this machine.' : 'No agent has a profile on this machine.',
    { advice: only ? 'Say which: --as PROFILE.' : ENROL },
  )
}

const ENROL = 'A new one: broker agent invite NAME | broker enroll --profile NAME --url URL'

function agentOf(name: string, profile: Profile | undefined): AgentProfile | undefined {
  const agent = /^agent:(.+)$/.exec(profile?.principal ?? '')?.[1]
  if (!profile || agent === undefined) return undefined
  return { agent, issuer: profile.issuer, profile: name === 'default' ? undefined : name }
}
