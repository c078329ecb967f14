import { BrokerError } from '@credbroker/core/errors'
import { agentOf } from '../../domain/task.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  AccessTokenVerifier,
  ProofVerifier,
  SingleUse,
  VerifiedAccessToken,
} from '../../ports/tokens.ts'
import type { Config, LiveConfig } from '../config/live-config.ts'
import type { AgentCaller, KeyUser, TaskCaller } from './caller.ts'
import type { KnownKeys } from './known-keys.ts'
import { requireTrust } from './require-trust.ts'

export interface SignedRequest {
  readonly method: string
  readonly url: string
  /** The token of `Authorization: DPoP …`. */
  readonly token: string
  readonly dpop: string | readonly string[] | undefined
  readonly requestId: string
}

export interface AuthenticateDeps {
  readonly tokens: AccessTokenVerifier
  readonly proofs: ProofVerifier
  readonly keys: KnownKeys
  readonly config: LiveConfig
  readonly clock: Clock
  readonly audience: string
}

/**
 * Who sends this request, by token and proof (RFC 9449 §7). The proof is verified but not yet taken: the statement of
 * the change does that. The token points to live state, so roles, owner and key are read, not believed.
 * @throws BrokerError `invalid_token`, `invalid_dpop_proof`, `use_dpop_nonce`, `unauthenticated`, `forbidden`, `tampered`
 */
export const authenticate =
  (deps: AuthenticateDeps) =>
  async ({
    method,
    url,
    token,
    dpop,
    requestId,
  }: SignedRequest): Promise<KeyUser | AgentCaller | TaskCaller> => {
    const { tokens, proofs, clock, audience } = deps
    const now = clock.now()
    const verified = await tokens.verifyAccessToken(token, audience, now)
    const proof = proofs.verifyProof(
      { header: dpop, method, url, accessToken: token, jkt: verified.jkt },
      now,
    )
    return await holderOf(deps)(verified, proof, requestId)
  }

/** Who a verified token is for, as stored now. @throws BrokerError `unauthenticated`, `forbidden`, `tampered` */
export const holderOf =
  ({ keys, config }: Pick<AuthenticateDeps, 'keys' | 'config'>) =>
  async (
    verified: VerifiedAccessToken,
    proof: SingleUse,
    requestId: string,
  ): Promise<KeyUser | AgentCaller | TaskCaller> => {
    const proven = { jkt: verified.jkt, proof, requestId }
    if (verified.kind === 'task') {
      const name = agentOf(verified.actor)
      return {
        kind: 'task',
        ...proven,
        task: verified.task,
        name,
        owner: verified.subject.slice('user:'.length),
      }
    }
    const principal = verified.kind === 'user' ? verified.subject : verified.actor
    const name = principal.slice(principal.indexOf(':') + 1)
    // What an agent starts is decided again in a statement that compares the version; what a person does is not.
    const [stored, current] = await (verified.kind === 'user'
      ? Promise.all([keys.live(proven.jkt), config.newest()])
      : Promise.all([keys.seen(proven.jkt), config.current()]))
    if (stored.key.principal !== principal) throw new BrokerError('unauthenticated')
    if (verified.kind === 'user')
      return { kind: 'user', via: 'key', ...proven, name, roles: liveUser(current, name).roles }
    const { owner } = isLive(current, name)
      ? liveAgent(current, name)
      : liveAgent(await config.newest(), name)
    const { lentFor } = stored.key
    if (lentFor) requireTrust(await config.newest(), name, lentFor)
    return { kind: 'agent', ...proven, name, owner, keyMac: stored.mac, ...(lentFor && { lentFor }) }
  }

/** A no that is out of date helps nobody either. */
function isLive(config: Config, agent: string): boolean {
  try {
    return liveAgent(config, agent) !== undefined
  } catch {
    return false
  }
}

/** I11: an agent works only while it and its owner are enabled. @throws BrokerError `forbidden` */
export function liveAgent({ snapshot }: Config, name: string) {
  const agent = snapshot.agent(name)
  if (!agent || agent.disabled) throw new BrokerError('forbidden', { detail: 'This agent is disabled' })
  liveUser({ snapshot }, agent.owner)
  return agent
}

/** @throws BrokerError `forbidden` */
export function liveUser({ snapshot }: Pick<Config, 'snapshot'>, name: string) {
  const user = snapshot.user(name)
  if (!user || user.disabled) throw new BrokerError('forbidden', { detail: 'This user is disabled' })
  return user
}
