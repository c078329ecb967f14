/** What a browser needs for `navigator.credentials`, as JSON (WebAuthn Level 3 §5.1.9, §5.1.10). */
export type BrowserOptions = Readonly<Record<string, unknown>>

export interface NewCredential {
  readonly credential: string
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  readonly synced: boolean
}

/** Whom a registration is for. `handle` is base64url, stable, and says nothing about the person. */
export interface RegistrationSubject {
  readonly name: string
  readonly handle: string
  /** Authenticators that hold one of these already refuse. */
  readonly known: readonly { readonly credential: string; readonly transports: readonly string[] }[]
}

/** The ceremonies of WebAuthn with our relying party's name, origin and demands: user presence and verification always. */
export interface WebAuthn {
  registrationOptions(subject: RegistrationSubject, challenge: string): Promise<BrowserOptions>
  /** @throws BrokerError `passkey_invalid` */
  verifyRegistration(response: unknown, challenge: string): Promise<NewCredential>
  /** Without `known`, the browser asks the person which passkey, so that nobody has to say who they are. */
  assertionOptions(
    challenge: string,
    known?: readonly { readonly credential: string; readonly transports: readonly string[] }[],
  ): Promise<BrowserOptions>
  /** What an answer claims, to look its passkey up; nothing is verified yet. @throws BrokerError `passkey_invalid` */
  claimed(response: unknown): {
    readonly credential: string
    readonly challenge: string
    readonly handle?: string
  }
  /** Answers the authenticator's counter: whether it went on is for the caller to see. @throws BrokerError `passkey_invalid` */
  verifyAssertion(
    response: unknown,
    challenge: string,
    passkey: {
      readonly credential: string
      readonly publicKey: string
      readonly transports: readonly string[]
    },
  ): Promise<number>
}
