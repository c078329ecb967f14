import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startBrowser, type TestBrowser, type TestWindow } from '../harness/browser.ts'
import { pagesOf, setupToken } from '../harness/person.ts'
import { needs } from '../harness/services.ts'

vi.setConfig({ testTimeout: 60_000 })

const missing = await needs('chromium')

describe.skipIf(missing)('an approver at the page', () => {
  let broker: TestBroker
  let browser: TestBrowser
  let window: TestWindow
  const config = (agents: object = {}) => ({
    version: 1,
    environments: { production: { tier: 'protected' } },
    users: { ada: { roles: ['approver'] } },
    agents,
  })
  const apply = (agents?: object, approval?: string) =>
    broker.admin.request<{ approval?: ApprovalView; version?: number }>({
      method: 'POST',
      path: '/v1/apply',
      body: { config: config(agents) },
      ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
    })
  const asked = async (name: string): Promise<ApprovalView> => {
    const { approval } = await apply({ [name]: { owner: 'ada', tool: 'codex <b>' } })
    if (!approval) throw new Error('nobody was asked')
    return approval
  }

  beforeAll(async () => {
    broker = await startTestBroker({})
    await apply()
    browser = await startBrowser()
    window = await browser.open(`${broker.url}/setup#${await setupToken(broker, 'ada')}`)
    await window.page.getByRole('button', { name: 'Create a passkey' }).click()
    await window.page.getByRole('button', { name: 'I have kept them' }).click()
    await window.page.getByRole('link', { name: 'Your account: ada' }).waitFor()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await broker?.stop()
  })

  it('sees what waits, reads it whole and inert, and approves with a passkey; only then it goes through', async () => {
    const { page } = window
    await page.setViewportSize({ width: 390, height: 800 })
    await page.goto(`${pagesOf(broker)}/approvals`)
    await page.getByText('Nothing waits for you').waitFor()
    const approval = await asked('fixer')
    // Nobody reloads: it appears.
    await page.getByRole('link', { name: 'Change the configuration' }).click()
    expect(page.url()).toBe(approval.url)
    await page.getByText('+ agent fixer (widens)').first().waitFor()
    const text = (await page.locator('main').textContent()) ?? ''
    expect(text).toContain('codex <b>')
    expect(text).toContain('production protected')
    expect(text).toMatch(/\d+:\d\d left to answer/)
    const width = await page.evaluate<number>('document.documentElement.scrollWidth')
    expect(width).toBeLessThanOrEqual(390)
    await page.getByRole('button', { name: 'Approve with a passkey' }).click()
    await page.getByText('Approved. It can be used once').waitFor()
    await page.getByRole('button', { name: 'Deny' }).waitFor({ state: 'hidden' })
    const done = await apply({ fixer: { owner: 'ada', tool: 'codex <b>' } }, approval.id)
    expect(done.version).toEqual(expect.any(Number))
    await page.getByText('Approved, and used.').waitFor()
    expect(window.complaints).toEqual([])
  })

  it('denies with a reason, which whoever asks reads', async () => {
    const { page } = window
    const { id, url } = await asked('other')
    await page.goto(url)
    await page.getByLabel('Reason').fill('Not on a Friday <b>')
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('Denied: Not on a Friday <b>').waitFor()
    const seen = await broker.admin.request<ApprovalView>({ method: 'GET', path: `/v1/approvals/${id}` })
    expect(seen).toMatchObject({ state: 'denied', reason: 'Not on a Friday <b>' })
  })

  it('cannot approve what has changed since it was asked', async () => {
    const { page } = window
    const { url } = await asked('third')
    await page.goto(url)
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    await broker.admin.request({ method: 'POST', path: '/v1/freeze', body: { environment: 'staging' } })
    await asked('third')
    await page.getByText('cannot be approved any more').waitFor()
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor({ state: 'hidden' })
  })

  it('whoever is not signed in comes back to the question after it', async () => {
    const { page } = window
    const { url } = await asked('fourth')
    await page.evaluate(() => globalThis['localStorage'].clear())
    await page.goto(url)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    expect(page.url()).toBe(url)
  })
})
