import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Manifest } from '../domain/manifest.ts'

/** A stored document and the MAC over it (I13). */
export interface Sealed<Body> {
  readonly body: Body
  readonly mac: string
}

/** Times are ISO 8601, UTC. */
export interface Passkey {
  /** `psk_…` */
  readonly id: string
  readonly user: string
  /** The authenticator's id of it, base64url. */
  readonly credential: string
  /** COSE key, base64url. */
  readonly publicKey: string
  /** 0 for the many passkeys that do not count; otherwise it only grows. */
  readonly counter: number
  readonly transports: readonly string[]
  readonly name: string
  /** It may exist on several devices. */
  readonly synced: boolean
  readonly createdAt: string
  /** `user:NAME` or `broker` where an invitation made it possible: who set this account up (I4). */
  readonly invitedBy: string | null
}

/** What a passkey is stored on as long as nobody could approve: where it makes the first who can, the manifest says so with it (I4c). */
export interface PasskeyGround {
  /** Of the configuration, by which it is known who would be one. */
  readonly version: number
  readonly manifest: Sealed<Manifest> | null
}

export interface PasskeyStore {
  byCredential(credential: string): Promise<Sealed<Passkey> | undefined>
  /** Of one user, or of all. */
  list(user?: string): Promise<(Sealed<Passkey> & { readonly usedAt: Date | null })[]>
  /**
   * `full`: the user has as many as anyone may. `stale`: the configuration is another by now; nothing was stored.
   * @throws BrokerError `conflict` where it is registered already
   */
  add(
    passkey: Sealed<Passkey>,
    event: AuditRecord,
    ground?: PasskeyGround,
  ): Promise<'added' | 'full' | 'stale'>
  /** Notes a use. False where the row is another by now: used, changed or removed in between. */
  touch(before: Sealed<Passkey>, after: Sealed<Passkey>): Promise<boolean>
  /**
   * With the sessions that it began. `last`: one of the groups of users would be left without any passkey; nothing
   * was removed then.
   */
  remove(
    id: string,
    groups: readonly (readonly string[])[],
    event: AuditRecord,
  ): Promise<'removed' | 'last' | 'absent'>
}

export interface RecoveryCode {
  readonly digest: string
  readonly user: string
  readonly createdAt: string
}

export interface RecoveryCodeStore {
  count(user: string): Promise<number>
  /** All earlier ones stop working. */
  replace(user: string, codes: readonly Sealed<RecoveryCode>[], event: AuditRecord): Promise<void>
  find(digest: string): Promise<Sealed<RecoveryCode> | undefined>
  /** Uses the code up and begins the session. False where it was used meanwhile; then nothing began. */
  take(digest: string, session: Sealed<Session>, events: readonly AuditRecord[]): Promise<boolean>
}

/** Authentication methods (RFC 8176), and ours for a recovery code. */
export type SessionMethod = 'passkey' | 'recovery' | 'sso'

export interface Session {
  /** `ses_…`: what lists and audit say. The secret is another text, of which only `digest` is kept. */
  readonly id: string
  readonly digest: string
  readonly user: string
  readonly method: SessionMethod
  /** RFC 8176 values: ours, or what the identity provider said. */
  readonly amr: readonly string[]
  readonly passkey: string | null
  readonly createdAt: string
  /** The latest possible end. */
  readonly endsAt: string
  readonly seenAt: string
  /** When a passkey of this user last answered in this session. */
  readonly passkeyAt: string | null
  readonly address: string | null
  readonly browser: string | null
}

export interface SessionStore {
  add(session: Sealed<Session>, events: readonly AuditRecord[]): Promise<void>
  find(digest: string): Promise<Sealed<Session> | undefined>
  list(user?: string): Promise<Sealed<Session>[]>
  /** False where it has changed or ended meanwhile. */
  update(before: Sealed<Session>, after: Sealed<Session>, events: readonly AuditRecord[]): Promise<boolean>
  /** How many ended. The event is written for any. */
  end(which: { readonly id: string } | { readonly user: string }, event: AuditRecord): Promise<number>
}

/** A subject of an identity provider and the user it is here. Never found by e-mail or name. */
export interface SsoLink {
  readonly issuer: string
  readonly subject: string
  readonly user: string
  readonly createdAt: string
}

export interface SsoLinkStore {
  find(issuer: string, subject: string): Promise<Sealed<SsoLink> | undefined>
  /** Nothing where this subject is linked already. @throws BrokerError `conflict` where another subject is that user */
  add(link: Sealed<SsoLink>): Promise<void>
}

/** All that registering the first passkey by a one-time token stores. */
export interface Setup {
  readonly passkey: Sealed<Passkey>
  readonly codes: readonly Sealed<RecoveryCode>[]
  readonly session: Sealed<Session>
  readonly ground?: PasskeyGround | undefined
}

export interface SetupStore {
  /** Takes the one-time token and stores everything, or nothing. */
  redeem(
    digest: string,
    setup: Setup,
    events: readonly AuditRecord[],
  ): Promise<'done' | 'over' | 'used' | 'full' | 'stale'>
  /**
   * A used token came again within its time: one of the two who hold it is an impostor, so what the first got is
   * removed. Answers the thumbprint of a key that went.
   */
  revoke(digest: string, event: AuditRecord): Promise<string | undefined>
}
