import { TASK_DETAILS } from '@credbroker/core/wire/oauth'
import { CLIENT_ALGORITHMS } from '../../oauth/algorithms.ts'
import { RESOURCE_METADATA } from '../../oauth/challenge.ts'
import { describePublic } from '../../public-document.ts'
import type { HttpDeps, Server } from '../../server.ts'
import { GRANT } from './grant-types.ts'

/** What clients can find out without asking anybody: RFC 8414, OpenID Connect Discovery, RFC 9728, RFC 7517. */
export function metadataRoutes(server: Server, { issuer, jwks, world }: HttpDeps): void {
  const common = {
    issuer,
    token_endpoint: `${issuer}/oauth/token`,
    device_authorization_endpoint: `${issuer}/oauth/device_authorization`,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    grant_types_supported: Object.values(GRANT),
    // There is no authorization endpoint: nothing is ever carried through a browser.
    response_types_supported: [],
    ...authMethods('token', ['private_key_jwt', 'none']),
    ...authMethods('introspection', ['private_key_jwt']),
    ...authMethods('revocation', ['private_key_jwt']),
    dpop_signing_alg_values_supported: CLIENT_ALGORITHMS,
    authorization_details_types_supported: [TASK_DETAILS],
    protected_resources: [issuer],
  }
  const openid = {
    ...common,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  }
  const resource = {
    resource: issuer,
    resource_name: 'Credbroker',
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: CLIENT_ALGORITHMS,
    dpop_bound_access_tokens_required: true,
    authorization_details_types_supported: [TASK_DETAILS],
  }
  const tag = 'Discovery'
  for (const [path, summary] of [
    ['/.well-known/oauth-authorization-server', 'The authorization server (RFC 8414)'],
    ['/.well-known/openid-configuration', 'The same, where OpenID Connect Discovery looks for it'],
    [RESOURCE_METADATA, 'The protected resource (RFC 9728)'],
    ['/.well-known/jwks.json', 'The keys that sign access tokens (RFC 7517)'],
  ] as const)
    describePublic(server, path, { tag, summary })
  server.get('/.well-known/oauth-authorization-server', (c) => c.json(common))
  server.get('/.well-known/openid-configuration', (c) => c.json(openid))
  server.get(RESOURCE_METADATA, (c) => c.json(resource))
  server.get('/.well-known/jwks.json', async (c) => {
    c.header('cache-control', 'public, max-age=60')
    return c.json(await jwks(world.clock.now()))
  })
}

const authMethods = (endpoint: string, methods: readonly string[]) => ({
  [`${endpoint}_endpoint_auth_methods_supported`]: methods,
  [`${endpoint}_endpoint_auth_signing_alg_values_supported`]: CLIENT_ALGORITHMS,
})
