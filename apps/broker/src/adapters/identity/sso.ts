import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { Configuration } from 'openid-client'
import type { Log } from '../../ports/log.ts'
import type { SingleSignOn } from '../../ports/sso.ts'
import { boundedFetch } from './bounded-fetch.ts'

export interface SsoClient {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: Secret
  /** Exactly what is registered at the provider. */
  readonly redirectUri: string
  readonly scopes: string
  /** The claim of the ID token that lists groups. */
  readonly groupsClaim: string
}

const CLOCK_TOLERANCE_SECONDS = 30
/** Keys of the provider rotate; its endpoints move seldom. */
const DISCOVERY_SECONDS = 3600

/** Loaded when the first person comes. */
const library = () => import('openid-client')

/** OpenID Connect, code flow with PKCE S256, state, nonce and the `iss` of RFC 9207 checked. */
export function createSingleSignOn(client: SsoClient, log: Log): SingleSignOn {
  let found: { config: Promise<Configuration>; until: number } | undefined
  const discovered = (): Promise<Configuration> => {
    if (found && performance.now() < found.until) return found.config
    const asked = discover(client)
    const mine = { config: asked, until: performance.now() + DISCOVERY_SECONDS * 1000 }
    found = mine
    asked.catch(() => {
      if (found === mine) found = undefined
    })
    return asked
  }
  /** What the provider answered goes to the log, and no byte of it to a person. */
  const failed = (cause: unknown): never => {
    const { code, error } = cause as { code?: unknown; error?: unknown }
    log.warn({ code: word(code), error: word(error) }, 'single sign-on did not succeed')
    throw new BrokerError('sso_failed', { cause })
  }
  return {
    start: async ({ state, nonce, verifier }) => {
      try {
        const oidc = await library()
        const url = oidc.buildAuthorizationUrl(await discovered(), {
          redirect_uri: client.redirectUri,
          scope: client.scopes,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          nonce,
        })
        return url.href
      } catch (error) {
        return failed(error)
      }
    },
    finish: async (query, { state, nonce, verifier }) => {
      try {
        const oidc = await library()
        const back = new URL(client.redirectUri)
        back.search = query
        const tokens = await oidc.authorizationCodeGrant(await discovered(), back, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        if (!claims) throw new BrokerError('sso_failed')
        return {
          issuer: claims.iss,
          subject: claims.sub,
          username: text(claims['preferred_username']),
          groups: texts(claims[client.groupsClaim]),
          amr: texts(claims['amr'])
            .filter((method) => /^[a-z0-9_-]{1,16}$/.test(method))
            .slice(0, 6),
        }
      } catch (error) {
        return failed(error)
      }
    },
  }
}

async function discover({ issuer, clientId, clientSecret }: SsoClient): Promise<Configuration> {
  const oidc = await library()
  const server = new URL(issuer)
  // Settings allow plain HTTP on loopback only.
  const execute = server.protocol === 'http:' ? [oidc.allowInsecureRequests] : []
  const metadata = { [oidc.clockTolerance]: CLOCK_TOLERANCE_SECONDS }
  const auth = oidc.ClientSecretBasic(clientSecret.expose())
  return await oidc.discovery(server, clientId, metadata, auth, {
    execute,
    [oidc.customFetch]: boundedFetch(fetch),
    timeout: 10,
  })
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
/** One group may come as bare text. */
const texts = (value: unknown): string[] =>
  [value].flat().filter((one): one is string => typeof one === 'string')
const word = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[A-Za-z_]{1,60}$/.test(value) ? value : undefined
