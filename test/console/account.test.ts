import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../harness/services.ts'
import { type ConsoleWorld, expectGoodPage, startConsoleWorld } from './world.ts'

const missing = await needs('chromium')

describe.skipIf(missing)('the account page', () => {
  let world: ConsoleWorld
  beforeAll(async () => {
    world = await startConsoleWorld()
  }, 180_000)
  afterAll(() => world?.stop())

  it('is good at both widths and in both themes', async () => {
    await expectGoodPage(await world.visit('mia', '/account'), 'account')
  })

  it('a stale tab shows nothing of a person who signed out in another', async () => {
    const first = await world.visit('noa', '/account')
    const second = await world.another('noa', '/account')
    await second.page.getByRole('button', { name: 'Sign out' }).click()
    await first.page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
    expect(
      await first.page.evaluate(() => globalThis['localStorage'].getItem('credbroker.session')),
    ).toBeNull()
  })
})
