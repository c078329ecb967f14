import { type PublicJwk, thumbprint } from '@credbroker/core/client-key'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { isOpaque, opaqueDigest } from '@credbroker/core/opaque'
import type { AuditLog } from '../../ports/audit.ts'
import type { EnrolledKey } from '../../ports/client-keys.ts'
import type { Log } from '../../ports/log.ts'
import type { ProofVerifier } from '../../ports/tokens.ts'
import type { ProofBook } from '../../ports/use-reader.ts'
import type { endWork } from '../tasks/end-work.ts'
import { liveAgent, liveUser } from './authenticate.ts'
import { enrolmentMac, type InviteDeps } from './invite.ts'
import { keyMac } from './known-keys.ts'

export interface EnrolDeps extends InviteDeps {
  readonly proofs: ProofVerifier
  readonly book: ProofBook
  readonly audit: AuditLog
  readonly end: ReturnType<typeof endWork>
  readonly log: Log
}

export interface EnrolRequest {
  readonly token: string
  readonly key: PublicJwk
  readonly dpop: string | readonly string[] | undefined
  readonly url: string
  readonly requestId: string
}

/**
 * Redeems a one-time token for a key whose possession the proof shows. A second redemption ends the first one's key
 * as well, since one of the two is an impostor. @throws BrokerError `enrolment_invalid`, `invalid_dpop_proof`
 */
export const enrol =
  (deps: EnrolDeps) =>
  async ({
    token,
    key,
    dpop,
    url,
    requestId,
  }: EnrolRequest): Promise<{ principal: string; endsAt: Date }> => {
    const { enrolments, macs, clock, record } = deps
    const now = clock.now()
    const jkt = thumbprint(key)
    const proof = deps.proofs.verifyProof({ header: dpop, method: 'POST', url, jkt }, now)
    // A typing error is found without asking the database, and a stranger writes nothing into it.
    if (!isOpaque('enr', token) && !isOpaque('set', token)) throw new BrokerError('enrolment_invalid')
    const enrolment = await enrolments.find(opaqueDigest(token))
    if (!enrolment) throw new BrokerError('enrolment_invalid')
    if (!(await deps.book.take([proof]))) throw new BrokerError('replayed_proof')
    if (enrolmentMac(macs, enrolment) !== enrolment.mac) throw new BrokerError('tampered')
    const { principal } = enrolment
    const name = principal.slice(principal.indexOf(':') + 1)
    const config = await deps.config.refresh()
    // What somebody handed out before they were disabled is not to outlive them (I11).
    const inviter = userName(enrolment.invitedBy)
    if (inviter !== undefined) liveUser(config, inviter)
    if (principal.startsWith('user:')) liveUser(config, name)
    else liveAgent(config, name)
    const endsAt = new Date(now.getTime() + LIMITS.clientKeySeconds * 1000)
    const enrolled: EnrolledKey = {
      jkt,
      principal,
      jwk: key,
      createdAt: now.toISOString(),
      endsAt: endsAt.toISOString(),
      enrolment: enrolment.digest,
    }
    const about = {
      type: 'agent.enrolled' as const,
      phase: 'event' as const,
      actor: { kind: principal.startsWith('user:') ? ('user' as const) : ('agent' as const), id: name, jkt },
      request: requestId,
      facts: { name: principal },
    }
    const stored = { key: enrolled, mac: keyMac(macs, enrolled) }
    const redeemed = await enrolments.redeem(enrolment.digest, stored, record({ ...about, result: 'ok' }))
    if (redeemed.result === 'enrolled') return { principal, endsAt }
    const reason = redeemed.result
    await deps.audit.append([record({ ...about, result: 'denied', code: 'enrolment_invalid', reason })])
    if (redeemed.result === 'used') {
      deps.log.warn({ principal }, 'a one-time token came a second time: both keys are refused')
      await deps.end({ key: redeemed.removed }, 'revoked', { kind: 'system', id: 'enrolment' })
    }
    throw new BrokerError('enrolment_invalid')
  }

/** Undefined for the broker itself, which invites the first administrator. */
const userName = (principal: string): string | undefined => /^user:(.+)$/.exec(principal)?.[1]
