/** What an identity provider says of whoever signed in, its signature and our nonce verified. */
export interface SsoIdentity {
  readonly issuer: string
  readonly subject: string
  /** For people to recognise; never an identity. */
  readonly username: string | undefined
  readonly groups: readonly string[]
  readonly amr: readonly string[]
}

/** What binds an answer to its question: state, nonce (OpenID Connect), PKCE verifier (RFC 7636). */
export interface SsoChecks {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface SingleSignOn {
  /** Where to send the browser. @throws BrokerError `sso_failed` while the provider does not answer */
  start(checks: SsoChecks): Promise<string>
  /** `query`: what came back to the redirect URI, without `?`. @throws BrokerError `sso_failed` */
  finish(query: string, checks: SsoChecks): Promise<SsoIdentity>
}
