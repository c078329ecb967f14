import { BrokerError } from '@credbroker/core/errors'
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { BrowserOptions, WebAuthn } from '../../ports/webauthn.ts'

/** ES256, Ed25519, RS256: what authenticators have (https://www.w3.org/TR/webauthn-3/#sctn-alg-identifier). */
const ALGORITHMS = [-7, -8, -257]
const TIMEOUT_MS = 5 * 60 * 1000

/** Loaded when the first person comes: agents and their tasks do without. */
const library = () => import('@simplewebauthn/server')

/**
 * WebAuthn for one origin. Passkeys are discoverable, so that nobody types who they are; the authenticator verifies its
 * user each time; no attestation is asked for, since any authenticator will do. The relying party's id is the
 * host of that URL.
 */
export const createWebAuthn = ({ origin, hostname: rpId }: URL): WebAuthn => ({
  registrationOptions: async ({ name, handle, known }, challenge) => {
    const { generateRegistrationOptions } = await library()
    const options = await generateRegistrationOptions({
      rpName: 'Credbroker',
      rpID: rpId,
      userName: name,
      userDisplayName: name,
      userID: new Uint8Array(Buffer.from(handle, 'base64url')),
      challenge,
      timeout: TIMEOUT_MS,
      attestationType: 'none',
      excludeCredentials: known.map(allowed),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: ALGORITHMS,
    })
    return options as unknown as BrowserOptions
  },

  verifyRegistration: async (response, challenge) => {
    const { verifyRegistrationResponse } = await library()
    const { registrationInfo } = await accepted(
      verifyRegistrationResponse({
        response: response as RegistrationResponseJSON,
        expectedChallenge: encode(challenge),
        expectedOrigin: origin,
        expectedRPID: rpId,
        requireUserPresence: true,
        requireUserVerification: true,
        supportedAlgorithmIDs: ALGORITHMS,
      }),
    )
    // Other formats would be statements by a maker, which we neither ask for nor trust.
    if (registrationInfo?.fmt !== 'none') throw new BrokerError('passkey_invalid')
    const { id, publicKey, counter, transports = [] } = registrationInfo.credential
    return {
      credential: id,
      publicKey: Buffer.from(publicKey).toString('base64url'),
      counter,
      transports,
      synced: registrationInfo.credentialDeviceType === 'multiDevice',
    }
  },

  assertionOptions: async (challenge, known = []) => {
    const { generateAuthenticationOptions } = await library()
    const options = await generateAuthenticationOptions({
      rpID: rpId,
      challenge,
      timeout: TIMEOUT_MS,
      userVerification: 'required',
      allowCredentials: known.map(allowed),
    })
    return options as unknown as BrowserOptions
  },

  claimed: (response) => {
    try {
      const { id, response: answer } = response as AuthenticationResponseJSON
      const { challenge } = JSON.parse(decode(answer.clientDataJSON))
      if (typeof challenge !== 'string' || typeof id !== 'string') throw new BrokerError('passkey_invalid')
      const handle = answer.userHandle
      return { credential: id, challenge: decode(challenge), ...(handle && { handle }) }
    } catch {
      throw new BrokerError('passkey_invalid')
    }
  },

  verifyAssertion: async (response, challenge, { credential, publicKey, transports }) => {
    const { verifyAuthenticationResponse } = await library()
    const { verified, authenticationInfo } = await accepted(
      verifyAuthenticationResponse({
        response: response as AuthenticationResponseJSON,
        expectedChallenge: encode(challenge),
        expectedOrigin: origin,
        expectedRPID: rpId,
        requireUserVerification: true,
        credential: {
          id: credential,
          publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
          // Whether it went back is for the caller to say, and to record.
          counter: 0,
          transports: transports as AuthenticatorTransport[],
        },
      }),
    )
    if (!verified) throw new BrokerError('passkey_invalid')
    return authenticationInfo.newCounter
  },
})

const allowed = ({ credential, transports }: { credential: string; transports: readonly string[] }) => ({
  id: credential,
  transports: [...transports],
})

const encode = (text: string): string => Buffer.from(text).toString('base64url')
const decode = (text: string): string => Buffer.from(text, 'base64url').toString()

/** The library's errors quote what the browser sent. */
async function accepted<Result extends { verified: boolean }>(verifying: Promise<Result>): Promise<Result> {
  const result = await verifying.catch((cause: unknown) => {
    throw new BrokerError('passkey_invalid', { cause })
  })
  if (!result.verified) throw new BrokerError('passkey_invalid')
  return result
}
