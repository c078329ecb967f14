import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** An OpenID provider (the npm package of that name) that signs in whoever the test says, without a page. */
export interface IdentityProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Who signs in from now on. */
  who: { readonly sub: string; readonly username: string; readonly groups: readonly string[] }
  /** Follows the browser’s way from the authorization URL; answers where it is sent back to. */
  signIn(url: string): Promise<URL>
  stop(): Promise<void>
}

export async function startIdentityProvider(redirectUri: string): Promise<IdentityProvider> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clientId = 'credbroker'
  const clientSecret = 'provider-secret-0123456789abcdefghij'
  let who: IdentityProvider['who'] = { sub: '1', username: 'nobody', groups: [] }
  const claims = () => ({
    sub: who.sub,
    preferred_username: who.username,
    groups: [...who.groups],
    amr: ['mfa'],
  })
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub', 'groups'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ['for tests only'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client?.clientId,
        accountId: ctx.oidc.session?.accountId,
      })
      grant.addOIDCScope('openid profile')
      await grant.save()
      return grant
    },
  })
  const handle = provider.callback()
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void handle(request, response)
    provider
      .interactionFinished(request, response, { login: { accountId: who.sub } })
      .catch((error: Error) => response.writeHead(500).end(error.message))
  })
  return {
    issuer,
    clientId,
    clientSecret,
    get who() {
      return who
    },
    set who(next) {
      who = next
    },
    signIn: (url) => follow(url, redirectUri),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A browser without pages: keeps cookies and follows redirects until one leads to `until`. */
async function follow(start: string, until: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let at = new URL(start)
  for (let hops = 0; hops < 10; hops++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(at, { redirect: 'manual', headers: cookie ? { cookie } : {} })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (!location) throw new Error(`the provider stopped with ${response.status}: ${await response.text()}`)
    at = new URL(location, at)
    if (at.href.startsWith(until)) return at
  }
  throw new Error('the provider leads in circles')
}
