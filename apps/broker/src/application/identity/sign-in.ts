import { BrokerError } from '@credbroker/core/errors'
import type { AuditLog } from '../../ports/audit.ts'
import type { AccessTokenIssuer, ProofVerifier } from '../../ports/tokens.ts'
import type { ProofBook } from '../../ports/use-reader.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { type AssertionDeps, assertedKey } from '../oauth/client-assertion.ts'
import type { Proven } from './caller.ts'
import { nameOf, principalAccess } from './principal-access.ts'

export interface SignInDeps extends AssertionDeps {
  readonly proofs: ProofVerifier
  readonly book: ProofBook
  readonly tokens: AccessTokenIssuer
  readonly config: LiveConfig
  readonly audit: AuditLog
  readonly record: Recorder
}

export interface SignInRequest {
  readonly assertion: string
  /** Where the client said who it is as well: it must be the same key. */
  readonly client?: Proven | undefined
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
  async ({ assertion, client, dpop, url, requestId }: SignInRequest) => {
    const { proofs, book, tokens, clock } = deps
    const now = clock.now()
    const {
      stored: { key },
      verified,
    } = await assertedKey(deps, assertion)
    const proof = proofs.verifyProof({ header: dpop, method: 'POST', url, jkt: key.jkt }, now)
    if (client && client.jkt !== key.jkt)
      throw new BrokerError('unauthenticated', { detail: 'client_assertion is by another key' })
    const uses = [verified, proof, ...(client ? [client.proof] : [])]
    if (!(await book.take(uses))) throw new BrokerError('replayed_proof')
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
