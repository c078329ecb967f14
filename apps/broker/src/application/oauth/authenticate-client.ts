import { BrokerError } from '@credbroker/core/errors'
import type { LiveConfig } from '../config/live-config.ts'
import { liveAgent, liveUser } from '../identity/authenticate.ts'
import type { AgentCaller, KeyUser } from '../identity/caller.ts'
import { nameOf } from '../identity/principal-access.ts'
import { requireTrust } from '../identity/require-trust.ts'
import { type AssertionDeps, assertedKey } from './client-assertion.ts'

export interface AssertedClient {
  /** `client_assertion`. */
  readonly assertion: string
  /** `client_id`, where it was sent. */
  readonly clientId: string | undefined
  readonly requestId: string
}

/**
 * Who calls an OAuth endpoint by `private_key_jwt` (RFC 7523 §2.2): the principal of an enrolled key. The assertion is
 * the caller's proof, still to be taken. @throws BrokerError `unauthenticated`, `forbidden`, `tampered`
 */
export const authenticateClient =
  (deps: AssertionDeps & { readonly config: LiveConfig }) =>
  async ({ assertion, clientId, requestId }: AssertedClient): Promise<KeyUser | AgentCaller> => {
    const { stored, verified } = await assertedKey(deps, assertion).catch((error: unknown) => {
      // RFC 6749 §5.2: at whatever stage it fails, it is the client that is not known.
      if (error instanceof BrokerError && error.code === 'invalid_token')
        throw new BrokerError('unauthenticated', { detail: error.message })
      throw error
    })
    const { principal, jkt, lentFor } = stored.key
    if (clientId !== undefined && clientId !== principal)
      throw new BrokerError('unauthenticated', { detail: 'client_id is not whose assertion this is' })
    const proven = { jkt, proof: verified, requestId }
    const config = await deps.config.newest()
    const name = nameOf(principal)
    if (principal.startsWith('user:'))
      return { kind: 'user', via: 'key', ...proven, name, roles: liveUser(config, name).roles }
    const { owner } = liveAgent(config, name)
    if (lentFor) requireTrust(config, name, lentFor)
    return { kind: 'agent', ...proven, name, owner, keyMac: stored.mac, ...(lentFor && { lentFor }) }
  }
