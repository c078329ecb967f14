import { removeOwnKey } from '../people/remove-own-key.ts'
import { askDevice } from './ask-device.ts'
import { authenticateClient } from './authenticate-client.ts'
import type { AssertionDeps } from './client-assertion.ts'
import { decideDevice } from './decide-device.ts'
import type { DeviceDeps } from './device.ts'
import { type ExchangeDeps, exchangeToken } from './exchange-token.ts'
import { findDevice } from './find-device.ts'
import { type IntrospectDeps, introspectToken } from './introspect-token.ts'
import { redeemDevice } from './redeem-device.ts'
import { type RevokeTokenDeps, revokeToken } from './revoke-token.ts'

/** Every verb of the OAuth endpoints beyond signing in by a key, bound to its world. */
export const oauthCases = (
  deps: AssertionDeps &
    DeviceDeps &
    IntrospectDeps &
    RevokeTokenDeps &
    Pick<ExchangeDeps, 'book' | 'tasks' | 'start' | 'delegate' | 'holderOf'>,
) => ({
  authenticateClient: authenticateClient(deps),
  exchange: exchangeToken(deps),
  introspect: introspectToken(deps),
  revoke: revokeToken(deps),
  askDevice: askDevice(deps),
  findDevice: findDevice(deps),
  decideDevice: decideDevice(deps),
  redeemDevice: redeemDevice(deps),
  removeOwnKey: removeOwnKey(deps),
})
