import { BrokerError } from '@credbroker/core/errors'
import type { Holder } from '../../ports/delegation.ts'
import type { Config } from '../config/live-config.ts'
import type { KnownKeys } from '../identity/known-keys.ts'
import { requireTrust } from '../identity/require-trust.ts'

export interface OwnKeyDeps {
  readonly keys: KnownKeys
}

interface ChildKey {
  /** Of the key's row; empty where nobody enrolled it. */
  readonly mac: string
  /** Where the key was lent to a workload for no longer tasks. */
  readonly maxTaskSeconds?: number
}

/**
 * What a child's key stands on. A child has a key of its own, so that its token is
 * no use to those above it; nobody acts as another agent without a key which that one enrolled (I12).
 * @throws BrokerError `invalid_request`, `forbidden`, `tampered`, `environment_mismatch`, `unauthenticated`
 */
export async function childKey(
  { keys }: OwnKeyDeps,
  config: Config,
  jkt: string,
  agent: string,
  holders: readonly Holder[],
): Promise<ChildKey> {
  if (holders.some(({ task }) => task.jkt === jkt))
    throw new BrokerError('invalid_request', { detail: 'A child task needs a key of its own' })
  const enrolled = await keys.live(jkt).catch((error: unknown) => {
    if (error instanceof BrokerError && error.code === 'unauthenticated') return undefined
    throw error
  })
  if (enrolled && enrolled.key.principal === `agent:${agent}`) {
    const { lentFor } = enrolled.key
    if (!lentFor) return { mac: enrolled.mac }
    requireTrust(config, agent, lentFor)
    // I2: the platform said which environment this workload is of.
    if (lentFor.environment !== null && lentFor.environment !== holders.at(-1)?.task.environment)
      throw new BrokerError('environment_mismatch')
    return {
      mac: enrolled.mac,
      ...(lentFor.maxTaskSeconds !== null && { maxTaskSeconds: lentFor.maxTaskSeconds }),
    }
  }
  if (enrolled) throw new BrokerError('forbidden', { detail: 'The child’s key belongs to somebody else' })
  if (holders.at(-1)?.task.agent === agent) return { mac: '' }
  throw new BrokerError('forbidden', { detail: 'Another agent needs a key that it enrolled' })
}
