import type { PublicJwk } from '@credbroker/core/client-key'
import type { Secret } from '@credbroker/core/secret'

/** `user:alice@example.com` */
export type UserSubject = `user:${string}`
/** `agent:ci-fixer`; in a task's token also `agent:ci-fixer/worker-2`, a sub-agent of it */
export type AgentSubject = `agent:${string}`

interface Common {
  /** Who is accountable (RFC 8693): always a person (I11). */
  readonly subject: UserSubject
  readonly clientId: string
  /** The one API or gateway it is for (RFC 8707). */
  readonly audience: string
  /** RFC 7638 thumbprint of the key that must sign a proof with every use (RFC 9449). */
  readonly jkt: string
}

/**
 * What an access token says. It points to live state and is never a capability by itself: always look the task and
 * grant up. `user`: a person at the command line · `agent`: an agent between tasks · `task`: an agent at work.
 */
export type AccessToken =
  | (Common & { readonly kind: 'user' })
  | (Common & { readonly kind: 'agent'; readonly actor: AgentSubject })
  | (Common & {
      readonly kind: 'task'
      readonly actor: AgentSubject
      /** In a child task's: who handed it on, the nearest first. For information only (RFC 8693 §4.1). */
      readonly delegatedBy?: readonly AgentSubject[]
      readonly task: string
      readonly environment: string
      /** Names of scopes, in the order granted. */
      readonly scopes: readonly string[]
    })

/** Times are seconds since 1970, as in the token. */
export interface TokenTimes {
  readonly jti: string
  readonly issuedAt: number
  readonly expiresAt: number
}
export type VerifiedAccessToken = AccessToken & TokenTimes

export interface AccessTokenIssuer {
  /**
   * An ES256 `at+jwt` (RFC 9068), for 300 seconds or for `ttlSeconds`, at most 900, and never beyond `endsAt`, the end
   * of its task (I3). @throws BrokerError `task_ended` when that is past.
   */
  issue(
    token: AccessToken,
    now: Date,
    limits?: { readonly ttlSeconds?: number; readonly endsAt?: Date },
  ): Promise<{ readonly token: Secret } & TokenTimes>
}

export interface AccessTokenVerifier {
  /** @throws BrokerError `invalid_token`; the message never holds a byte of the token. */
  verifyAccessToken(token: string, audience: string, now: Date): Promise<VerifiedAccessToken>
}

/** What a DPoP proof has to fit. */
export interface ProofExpectation {
  /** Every value of the `DPoP` header field, as received. */
  readonly header: string | readonly string[] | undefined
  readonly method: string
  /** The public URL of this request, as the client must have meant it; query and fragment are ignored. */
  readonly url: string
  /** The access token of the same request; the proof must hash it. Leave out at the token endpoint. */
  readonly accessToken?: string
  /** `cnf.jkt` of that token, or the thumbprint of the enrolled key. */
  readonly jkt?: string
}

/** What must be remembered so that nobody shows it twice; a conflict on `digest` is `replayed_proof`. */
export interface SingleUse {
  /** SHA-256 over what kind of text it is, who signed it, and its `jti`. */
  readonly digest: Buffer
  readonly rememberUntil: Date
}

export interface VerifiedProof extends SingleUse {
  readonly jkt: string
  readonly publicJwk: PublicJwk
  readonly jti: string
  /** Epoch seconds. */
  readonly issuedAt: number
}

export interface ProofVerifier {
  /** Everything RFC 9449 §4.3 asks except that the proof is new. @throws BrokerError `invalid_dpop_proof` or `use_dpop_nonce` */
  verifyProof(expected: ProofExpectation, now: Date): VerifiedProof
}

/** For clients whose clock is wrong: a server nonce says when a proof was made. Send `issue()` in `DPoP-Nonce`. */
export interface ProofNonces {
  issue(now: Date): string
  isFresh(nonce: string, now: Date): boolean
}

export interface VerifiedAssertion extends SingleUse {
  readonly subject: UserSubject | AgentSubject
  readonly jti: string
  /** Epoch seconds. */
  readonly expiresAt: number
}

export interface AssertionVerifier {
  /** Who an assertion claims to be from, to look the enrolled keys up. Nothing in it is verified yet. @throws BrokerError `invalid_token` */
  claimedSubject(assertion: string): { subject: UserSubject | AgentSubject; jkt: string }
  /**
   * RFC 7523 §3, signed by one enrolled key. `audiences`: our issuer and token endpoint.
   * @throws BrokerError `invalid_token`
   */
  verifyAssertion(
    assertion: string,
    expected: { subject: string; key: PublicJwk; audiences: readonly string[] },
    now: Date,
  ): VerifiedAssertion
}
