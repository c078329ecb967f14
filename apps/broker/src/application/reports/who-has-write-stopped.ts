import { BrokerError } from '@credbroker/core/errors'
import type { STOPPED } from '@credbroker/core/wire/who-has-write'
import type { Freeze } from '../../domain/config.ts'
import type { Config } from '../config/live-config.ts'

export type Stopped = (typeof STOPPED)[number]

/** Why this agent gets nothing anywhere: what `liveAgent` and a freeze say. */
export function stoppedAgent(config: Config, name: string): Stopped | undefined {
  const agent = config.snapshot.stored('agents', name)
  if (!agent?.intact) return 'tampered'
  if (agent.row.disabled) return 'disabled'
  const owner = config.snapshot.stored('users', agent.row.owner)
  if (!owner?.intact) return 'tampered'
  if (owner.row.disabled) return 'owner_disabled'
  return frozen(config, (target) => target === 'all' || target === `agent:${name}`)
}

export function stoppedUser({ snapshot }: Config, name: string): Stopped | undefined {
  const user = snapshot.stored('users', name)
  if (!user?.intact) return 'tampered'
  return user.row.disabled ? 'disabled' : undefined
}

/** Why nothing in this environment is given to anybody. */
export function stoppedEnvironment(config: Config, name: string): Stopped | undefined {
  const environment = config.snapshot.stored('environments', name)
  if (!environment?.intact || anchorsChanged(config, name)) return 'tampered'
  if (environment.row.disabled) return 'disabled'
  return frozen(config, (target) => target === 'all' || target === `environment:${name}`)
}

function anchorsChanged({ snapshot }: Config, environment: string): boolean {
  try {
    snapshot.anchorsOf(environment)
    return false
  } catch (error) {
    if (error instanceof BrokerError) return true
    throw error
  }
}

function frozen({ snapshot }: Config, covers: (target: Freeze['target']) => boolean): Stopped | undefined {
  const controls = snapshot.stored('controls', 'controls')
  if (!controls?.intact) return 'tampered'
  return controls.row.freezes.some(({ target }) => covers(target)) ? 'frozen' : undefined
}
