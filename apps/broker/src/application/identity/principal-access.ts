import type { EnrolledKey } from '../../ports/client-keys.ts'
import type { AccessToken } from '../../ports/tokens.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { liveAgent, liveUser } from './authenticate.ts'
import { requireTrust } from './require-trust.ts'

/**
 * What the token of a key's owner says. Disabled ones get none (I11), nor lent keys whose rule is gone.
 * @throws BrokerError `forbidden`, `unauthenticated`, `tampered`
 */
export async function principalAccess(
  { config, issuer }: { readonly config: LiveConfig; readonly issuer: string },
  { principal, jkt, lentFor }: EnrolledKey,
): Promise<AccessToken> {
  const current = await config.newest()
  const name = nameOf(principal)
  const common = { clientId: principal, audience: issuer, jkt }
  if (principal.startsWith('user:')) {
    liveUser(current, name)
    return { kind: 'user', subject: `user:${name}`, ...common }
  }
  const { owner } = liveAgent(current, name)
  if (lentFor) requireTrust(current, name, lentFor)
  return { kind: 'agent', subject: `user:${owner}`, actor: `agent:${name}`, ...common }
}

export const nameOf = (principal: string): string => principal.slice(principal.indexOf(':') + 1)
