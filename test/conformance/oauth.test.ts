import { afterAll, beforeAll, vi } from 'vitest'
import { type OAuthDesk, startOAuthDesk } from './oauth-desk.ts'
import { tokenExchange } from './rfc8693/token-exchange.ts'

vi.setConfig({ testTimeout: 60_000 })

// One broker for all of them: each standard has a folder of its own.
let desk: OAuthDesk
beforeAll(async () => {
  desk = await startOAuthDesk()
}, 180_000)
afterAll(() => desk?.stop())

tokenExchange(() => desk)
