import type { AuditRecord } from '@credbroker/core/audit/event'
import type { PublicJwk } from '@credbroker/core/client-key'
import type { SingleUse } from './tokens.ts'

/** The public half of an enrolled key. */
export interface EnrolledKey {
  readonly jkt: string
  /** `agent:NAME` or `user:NAME`. */
  readonly principal: string
  readonly jwk: PublicJwk
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly endsAt: string
  /** Digest of the one-time token it was enrolled with: that the token is used stands under the key's seal too (I13). */
  readonly enrolment?: string
  /** Set where it was not enrolled but lent for a token of a platform. */
  readonly lentFor?: LentFor
  /** Set where a person confirmed a login: the id of the request. */
  readonly login?: string
}

/** On what ground a workload's own key counts as the agent's for a while. */
export interface LentFor {
  /** Name of the issuer. */
  readonly issuer: string
  /** Digest over the rule and the issuer as they were: with either gone or changed, the key is over. */
  readonly rule: string
  /** The only environment it may start tasks in; null for any. */
  readonly environment: string | null
  readonly maxTaskSeconds: number | null
  /** Hexadecimal digest of the token. */
  readonly token: string
}

export interface StoredKey {
  readonly key: EnrolledKey
  readonly mac: string
}

export interface ClientKeyStore {
  find(jkt: string): Promise<StoredKey | undefined>
  list(principal: string): Promise<StoredKey[]>
  /** False where it was gone already. */
  remove(jkt: string, event: AuditRecord): Promise<boolean>
}

export interface KeyLender {
  /**
   * Takes token and proof, stores the key with the event: all of it or nothing. `replaces`: the MAC of the same key's
   * row, which gets a new end. `taken`: there is another row by now.
   */
  lend(lent: {
    readonly stored: StoredKey
    readonly replaces: string | undefined
    readonly uses: readonly SingleUse[]
    readonly event: AuditRecord
  }): Promise<'lent' | 'replayed' | 'taken'>
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
