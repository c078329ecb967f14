import { BrokerError } from '@credbroker/core/errors'
import type { AuditLog } from '../ports/audit.ts'
import type { Clock } from '../ports/clock.ts'
import type { AccessTokenIssuer, AssertionVerifier, ProofVerifier } from '../ports/tokens.ts'
import type { ProofBook } from '../ports/use-reader.ts'
import type { KnownKeys } from './known-keys.ts'
import type { LiveConfig } from './live-config.ts'
import { nameOf, principalAccess } from './principal-access.ts'
import type { Recorder } from './recorder.ts'

export interface SignInDeps {
  readonly assertions: AssertionVerifier
  readonly proofs: ProofVerifier
  readonly book: ProofBook
  readonly tokens: AccessTokenIssuer
  readonly keys: KnownKeys
  readonly config: LiveConfig
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly issuer: string
}

export interface SignInRequest {
  readonly assertion: string
  readonly dpop: string | readonly string[] | undefined
  readonly url: string
  readonly requestId: string
}

/**
 * An enrolled key says who it is (RFC 7523 §2.1) and gets a token bound to itself (RFC 9449 §5).
 * @throws BrokerError `invalid_token`, `invalid_dpop_proof`, `unauthenticated`, `forbidden`, `replayed_proof`
 */
export const signIn =
  (deps: SignInDeps) =>
  async ({ assertion, dpop, url, requestId }: SignInRequest) => {
    const { assertions, proofs, book, tokens, keys, clock, issuer } = deps
    const now = clock.now()
    const claimed = assertions.claimedSubject(assertion)
    const { key } = await keys.live(claimed.jkt)
    if (key.principal !== claimed.subject)
      throw new BrokerError('unauthenticated', { detail: 'This key is not enrolled' })
    const audiences = [issuer, `${issuer}/oauth/token`]
    const verified = assertions.verifyAssertion(
      assertion,
      { subject: key.principal, key: key.jwk, audiences },
      now,
    )
    const proof = proofs.verifyProof({ header: dpop, method: 'POST', url, jkt: key.jkt }, now)
    if (!(await book.take([verified, proof]))) throw new BrokerError('replayed_proof')
    const token = await tokens.issue(await principalAccess(deps, key), now, { endsAt: new Date(key.endsAt) })
    await deps.audit.append([issued(deps.record, key.principal, key.jkt, requestId)])
    return token
  }

const issued = (record: Recorder, principal: string, jkt: string, request: string) =>
  record({
    type: 'token.issued',
    phase: 'event',
    result: 'ok',
    actor: { kind: principal.startsWith('user:') ? 'user' : 'agent', id: nameOf(principal), jkt },
    request,
  })
