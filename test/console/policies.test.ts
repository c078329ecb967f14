import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { needs } from '../harness/services.ts'
import { type ConsoleWorld, expectGoodPage, startConsoleWorld } from './world.ts'

vi.setConfig({ testTimeout: 120_000 })

const missing = await needs('chromium')

describe.skipIf(missing)('an admin at the policies', () => {
  let world: ConsoleWorld
  beforeAll(async () => {
    world = await startConsoleWorld()
  }, 180_000)
  afterAll(() => world?.stop())

  it('writes one: is told what is wrong where, sees what it would change, saves it, and it holds', async () => {
    const { page, complaints } = await world.visit('admin', '/policies/new')
    await page.getByLabel('Name').fill('no-deletions')
    const editor = page.getByLabel('Cedar')
    await editor.fill('@id("no-deletions")\nforbid(principal, action in [Action::"delete", resource);')
    await page.getByText(/Wrong no-deletions, line 2/).waitFor()
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    await editor.fill(
      '@id("no-deletions")\n@reason("Not on Fridays")\nforbid(principal, action in [Action::"delete"], resource);',
    )
    await page.getByText('Nothing is wrong with it.').waitFor()
    await page.getByRole('button', { name: 'What would it change?' }).click()
    const impact = page.getByRole('table', { name: 'What it would change' })
    await impact.getByText('fixer').first().waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { level: 1, name: 'no-deletions' }).waitFor()
    expect(complaints).toEqual([])
    const task = await world.api.task(['api'])
    expect((await task.call('DELETE', '/v1/orders/1')).status).toBe(403)
    await expectGoodPage(world.people.admin, 'policy')
  })

  it('simulates: what an agent would get, and what it would get with a draft', async () => {
    const { page } = await world.visit('noa', '/simulate')
    await page.getByRole('combobox', { name: 'Agent' }).click()
    await page.getByRole('option', { name: 'fixer' }).click()
    await page.getByRole('combobox', { name: 'Scope' }).click()
    await page.getByRole('option', { name: 'api', exact: true }).click()
    await page
      .getByLabel('With this policy besides')
      .fill('@id("draft") forbid(principal, action in [Action::"write"], resource);')
    await page.getByRole('button', { name: 'Decide' }).click()
    await page.getByRole('heading', { name: 'With the draft' }).waitFor()
    await page.getByText('staging-work').first().waitFor()
    await expectGoodPage(world.people.noa, 'simulate')
  })

  it('guardrails are there to be read, and not to be changed', async () => {
    await expectGoodPage(await world.visit('admin', '/policies'), 'policies')
    const { page } = await world.visit('admin', '/policies/danger-needs-a-person.cedar')
    await page.getByText('cannot be removed').waitFor()
    expect(await page.getByRole('textbox').count()).toBe(0)
  })
})
