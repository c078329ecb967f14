import type { AuditRecord } from '@credbroker/core/audit/event'
import type { PublicJwk } from '@credbroker/core/client-key'

/** The public half of an enrolled key. */
export interface EnrolledKey {
  readonly jkt: string
  /** `agent:NAME` or `user:NAME`. */
  readonly principal: string
  readonly jwk: PublicJwk
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly endsAt: string
}

export interface StoredKey {
  readonly key: EnrolledKey
  readonly mac: string
}

export interface ClientKeyStore {
  find(jkt: string): Promise<StoredKey | undefined>
  list(principal: string): Promise<StoredKey[]>
  remove(jkt: string, event: AuditRecord): Promise<void>
}

export interface Enrolment {
  readonly digest: string
  readonly principal: string
  readonly invitedBy: string
  readonly endsAt: Date
  readonly mac: string
}

export interface EnrolmentStore {
  add(enrolment: Enrolment, event: AuditRecord): Promise<void>
  find(digest: string): Promise<(Enrolment & { readonly usedBy: string | null }) | undefined>
  /**
   * Takes the one-time token and stores the key, in one statement. `used`: somebody redeemed it before; then the key
   * they enrolled is removed too, since one of the two is an impostor.
   */
  redeem(
    digest: string,
    key: StoredKey,
    event: AuditRecord,
  ): Promise<{ readonly result: 'enrolled' | 'over' } | { readonly result: 'used'; readonly removed: string }>
}
