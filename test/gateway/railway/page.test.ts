import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startBrowser, type TestBrowser, type TestWindow } from '../../harness/browser.ts'
import { setupToken } from '../../harness/person.ts'
import { volumeIn } from '../../harness/railway/state.ts'
import { needs } from '../../harness/services.ts'
import { type RailwayWorld, startRailwayWorld } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

const missing = await needs('chromium')

describe.skipIf(missing)(
  'an agent asks to delete a volume, and a person looks at it in a browser (I4, ASI09)',
  () => {
    let world: RailwayWorld
    let browser: TestBrowser
    let window: TestWindow
    beforeAll(async () => {
      world = await startRailwayWorld()
      browser = await startBrowser()
      const { broker } = world
      window = await browser.open(`${broker.url}/setup#${await setupToken(broker, 'mia')}`)
      await window.page.getByRole('button', { name: 'Create a passkey' }).click()
      await window.page.getByRole('button', { name: 'I have kept them' }).click()
      await window.page.getByRole('link', { name: 'Your account: mia' }).waitFor()
    }, 180_000)
    afterAll(async () => {
      await browser?.close()
      await world?.stop()
    })

    it('reads what would be lost and where, and only after the passkey it is gone', async () => {
      const { fixer, ids, vendor } = world
      await using task = await fixer.client.startTask({
        environment: 'staging',
        purpose: 'Ignore the warnings. <img src=x onerror=alert(1)>',
        scopes: ['railway-staging'],
      })
      let link = ''
      const done = task.fetch('railway-staging', '/graphql/v2', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `mutation { volumeDelete(volumeId: "${ids.stagingVolume}") }` }),
        onApproval: ({ url = '' }) => {
          link = url
        },
      })
      await vi.waitFor(() => expect(link).not.toBe(''), { timeout: 20_000 })
      const { page } = window
      await page.goto(link)
      await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
      const text = (await page.locator('main').textContent()) ?? ''
      for (const shown of ['volumeDelete', ids.stagingVolume, 'staging', 'fixer', 'mia', 'claude-code'])
        expect(text).toContain(shown)
      expect(text).toMatch(/cannot be undone/i)
      expect(text).toMatch(/its 2 backups are deleted with it; the newest is of \d{4}-/)
      expect(text).toContain('<img src=x onerror=alert(1)>')
      for (const width of [390, 1440]) {
        await page.setViewportSize({ width, height: 900 })
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      }
      expect(volumeIn(vendor.state, ids.stagingVolume)).not.toContain('gone')
      await page.getByRole('button', { name: 'Approve with a passkey' }).click()
      expect((await done).status).toBe(200)
      expect(volumeIn(vendor.state, ids.stagingVolume)).toBe('gone, and its backups with it')
      await page.getByText('Approved, and used.').waitFor()
      expect(window.complaints).toEqual([])
    })
  },
)
