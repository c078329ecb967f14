import { afterAll, beforeAll, vi } from 'vitest'
import { type OAuthDesk, startOAuthDesk } from './oauth-desk.ts'
import { oauth4webapi } from './oauth-libraries/oauth4webapi.ts'
import { openidClient } from './oauth-libraries/openid-client.ts'
import { oauthEndpoints } from './rfc6749/endpoints.ts'
import { revocation } from './rfc7009/revocation.ts'
import { introspection } from './rfc7662/introspection.ts'
import { metadata } from './rfc8414/metadata.ts'
import { deviceFlow } from './rfc8628/device-flow.ts'
import { tokenExchange } from './rfc8693/token-exchange.ts'
import { resourceIndicators } from './rfc8707/resource.ts'
import { authorizationDetails } from './rfc9396/details.ts'

vi.setConfig({ testTimeout: 60_000 })

// One broker for all of them: each standard has a folder of its own.
let desk: OAuthDesk
beforeAll(async () => {
  desk = await startOAuthDesk()
}, 180_000)
afterAll(() => desk?.stop())

for (const tests of [
  oauthEndpoints,
  revocation,
  introspection,
  metadata,
  deviceFlow,
  tokenExchange,
  resourceIndicators,
  authorizationDetails,
  oauth4webapi,
  openidClient,
])
  tests(() => desk)
