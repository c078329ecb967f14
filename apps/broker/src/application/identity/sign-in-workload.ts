import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { ClientKeyStore, EnrolledKey, KeyLender, LentFor } from '../../ports/client-keys.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { AccessTokenIssuer, ProofVerifier, VerifiedProof } from '../../ports/tokens.ts'
import type { ProofBook } from '../../ports/use-reader.ts'
import type { VerifiedWorkloadToken, WorkloadTokens } from '../../ports/workload-tokens.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { keyMac } from './known-keys.ts'
import { principalAccess } from './principal-access.ts'
import { issuerOf, type TrustedAgent, trustedAgent } from './trusted-workload.ts'

export interface SignInWorkloadDeps {
  readonly workloads: WorkloadTokens
  readonly proofs: ProofVerifier
  readonly book: ProofBook
  readonly keys: ClientKeyStore
  readonly lender: KeyLender
  readonly tokens: AccessTokenIssuer
  readonly config: LiveConfig
  readonly macs: Macs
  readonly record: Recorder
  readonly clock: Clock
  /** Ours: the only audience a token may have. */
  readonly issuer: string
}

export interface SignInWorkloadRequest {
  /** A token of the platform about its workload. */
  readonly assertion: string
  /** `agent:NAME`; needed only where rules of several agents hold. */
  readonly clientId?: string | undefined
  readonly dpop: string | readonly string[] | undefined
  readonly url: string
  readonly requestId: string
}

/**
 * A workload says who it is by the word of its platform (RFC 7523 §2.1), and brings a fresh key. The key is the agent's
 * until that word ends, for an hour at most, so that everything after is as with an enrolled one. Nothing of anybody
 * who is not in the configuration is ever read.
 * @throws BrokerError `invalid_token`, `invalid_dpop_proof`, `replayed_proof`, `forbidden`, `vendor_unavailable`
 */
export const signInWorkload =
  (deps: SignInWorkloadDeps) =>
  async ({ assertion, clientId, dpop, url, requestId }: SignInWorkloadRequest) => {
    const now = deps.clock.now()
    const config = await deps.config.newest()
    const issuer = issuerOf(config, deps.workloads.claimedIssuer(assertion) ?? '')
    if (!issuer)
      throw new BrokerError('invalid_token', { detail: 'The token’s issuer is not in the configuration' })
    const proof = deps.proofs.verifyProof({ header: dpop, method: 'POST', url }, now)
    const token = await deps.workloads.verifyWorkloadToken(assertion, issuer, deps.issuer, now)
    const trusted = trustedAgent(config, issuer, token.claims, agentName(clientId))
    const key = await lend(deps, trusted, token, proof, requestId)
    return await deps.tokens.issue(await principalAccess(deps, key), deps.clock.now(), {
      endsAt: new Date(key.endsAt),
    })
  }

async function lend(
  deps: SignInWorkloadDeps,
  { agent, lentFor }: TrustedAgent,
  token: VerifiedWorkloadToken,
  proof: VerifiedProof,
  request: string,
): Promise<EnrolledKey> {
  const { macs, book, clock } = deps
  const now = clock.now()
  const { jkt, publicJwk } = proof
  const principal = `agent:${agent.name}`
  const earlier = await deps.keys.find(jkt)
  if (earlier) {
    if (keyMac(macs, earlier.key) !== earlier.mac) throw new BrokerError('tampered')
    requireSameUse(earlier.key, principal, lentFor)
    // The same key with the same token: its first answer was lost. For anybody else the token is used up.
    if (earlier.key.lentFor?.token === token.use.digest.toString('hex')) {
      if (!(await book.take([proof]))) throw new BrokerError('replayed_proof')
      return earlier.key
    }
  }
  const longest = now.getTime() + LIMITS.lentKeySeconds * 1000
  const key: EnrolledKey = {
    jkt,
    principal,
    jwk: publicJwk,
    createdAt: earlier?.key.createdAt ?? now.toISOString(),
    endsAt: new Date(Math.min(token.expiresAt.getTime(), longest)).toISOString(),
    lentFor: { ...lentFor, token: token.use.digest.toString('hex') },
  }
  const event = deps.record({
    type: 'token.issued',
    phase: 'event',
    result: 'ok',
    actor: { kind: 'agent', id: agent.name, jkt },
    sub: agent.owner,
    request,
    ...(lentFor.environment !== null && { environment: lentFor.environment }),
    facts: {
      kind: 'workload',
      source: lentFor.issuer,
      workload: String(token.claims['sub']),
      expiresAt: key.endsAt,
    },
  })
  const stored = { key, mac: keyMac(macs, key) }
  const outcome = await deps.lender.lend({ stored, replaces: earlier?.mac, uses: [token.use, proof], event })
  if (outcome === 'replayed')
    throw new BrokerError('replayed_proof', {
      detail: 'This token or proof was used before: each is good for one sign-in',
    })
  if (outcome === 'taken')
    throw new BrokerError('conflict', { detail: 'This key is being enrolled elsewhere' })
  return key
}

/** A key that is lent again stays what it was: renewing changes its end and nothing else. @throws BrokerError `forbidden` */
function requireSameUse(
  key: EnrolledKey,
  principal: string,
  { environment }: Pick<LentFor, 'environment'>,
): void {
  if (!key.lentFor || key.principal !== principal || key.lentFor.environment !== environment)
    throw new BrokerError('forbidden', { detail: 'This key is in use for something else: make a fresh one' })
}

/** @throws BrokerError `invalid_request` */
function agentName(clientId: string | undefined): string | undefined {
  if (clientId === undefined) return undefined
  const name = /^agent:([a-z][a-z0-9-]{0,47})$/.exec(clientId)?.[1]
  if (name === undefined) throw new BrokerError('invalid_request', { detail: 'client_id is agent:NAME' })
  return name
}
