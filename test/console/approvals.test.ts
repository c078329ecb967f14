import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Work } from '../gateway/world.ts'
import { needs } from '../harness/services.ts'
import type { Answer } from '../security/wire.ts'
import { type ConsoleWorld, expectGoodPage, startConsoleWorld } from './world.ts'

vi.setConfig({ testTimeout: 120_000 })

const missing = await needs('chromium')

describe.skipIf(missing)('an approver at the inbox', () => {
  let world: ConsoleWorld
  let task: Work
  let count = 0
  beforeAll(async () => {
    world = await startConsoleWorld()
  }, 180_000)
  afterAll(() => world?.stop())
  beforeEach(async () => {
    task = await world.api.task(['api'], world.api.fixer, { purpose: PURPOSE })
    world.api.vendor.forget()
  })

  afterEach(() => end())

  const PURPOSE = 'mend <b>orders</b> and \u0430pply'
  const target = () => `/v1/orders/page${++count}`
  const drop = (path: string, approval?: string): Promise<Answer> =>
    task.call('DELETE', path, approval === undefined ? {} : { headers: { 'broker-approval': approval } })
  const asked = async (path: string): Promise<ApprovalView> => {
    const answer = await drop(path)
    expect(answer.status, answer.text).toBe(202)
    return answer.body['approval'] as unknown as ApprovalView
  }
  const end = () =>
    world.api.broker.admin
      .request({ method: 'POST', path: `/v1/tasks/${task.id}/end` })
      .catch(() => undefined)

  it('sees it appear, reads all of it, approves by key and passkey, and the call happens exactly once', async () => {
    const { page, complaints } = await world.visit('mia', '/approvals')
    await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
    const path = target()
    const { id } = await asked(path)
    // Nobody reloads.
    await page.getByRole('link', { name: 'drop' }).click()
    await expect.poll(() => page.title(), { timeout: 20_000 }).toMatch(/^\(1\) /)
    const article = page.getByRole('article')
    await article.getByText('This cannot be undone').waitFor()
    const text = (await article.textContent()) ?? ''
    for (const part of ['fixer, an agent of mia', 'staging', task.id, `DELETE ${path}`, 'Purpose (claimed)'])
      expect(text).toContain(part)
    expect(text).toContain('mend <b>orders</b>')
    expect(text).toContain('mixed letters')
    expect(await article.locator('b').count()).toBe(0)
    expect((await drop(path, id)).code).toBe('approval_required')
    await page.keyboard.press('a')
    await article.getByText('Approved. It can be used once').waitFor()
    expect((await drop(path, id)).status).toBe(200)
    await article.getByText('Approved, and used.').waitFor()
    expect(world.api.vendor.hits.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
    expect(complaints).toEqual([])
  })

  it('goes through several with j and k, and denies one with a reason by the keyboard alone', async () => {
    const views = [await asked(target()), await asked(target())]
    const { page } = await world.visit('mia', '/approvals')
    await page.getByRole('link', { name: 'drop' }).nth(1).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    const first = page.url()
    await page.keyboard.press('j')
    await expect.poll(() => page.url(), { timeout: 20_000 }).not.toBe(first)
    await page.keyboard.press('k')
    await expect.poll(() => page.url(), { timeout: 20_000 }).toBe(first)
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    await page.keyboard.press('d')
    await page.keyboard.type('Not on a Friday')
    await page.keyboard.press('Enter')
    await page.getByText('Denied: Not on a Friday').waitFor()
    const states = await Promise.all(
      views.map(({ id }) =>
        world.api.broker.admin.request<ApprovalView>({ method: 'GET', path: `/v1/approvals/${id}` }),
      ),
    )
    expect(states.map(({ state }) => state).toSorted()).toEqual(['denied', 'pending'])
  })

  it('of two approvers at once the second is told that it is answered', async () => {
    const { id } = await asked(target())
    const mia = await world.visit('mia', `/approvals/${id}`)
    const noa = await world.visit('noa', `/approvals/${id}`)
    await noa.page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    await mia.page.getByRole('button', { name: 'Approve with a passkey' }).click()
    await mia.page.getByText('Approved. It can be used once').waitFor()
    await noa.page.getByText('Approved. It can be used once').waitFor()
    await noa.page.getByRole('button', { name: 'Approve with a passkey' }).waitFor({ state: 'hidden' })
  })

  it('what is over cannot be answered, and says so by itself', async () => {
    const { id } = await asked(target())
    const { page } = await world.visit('mia', `/approvals/${id}`)
    await page.getByRole('button', { name: 'Deny' }).waitFor()
    await end()
    await page.getByText('cannot be approved any more').waitFor()
    await page.getByRole('button', { name: 'Deny' }).waitFor({ state: 'hidden' })
  })

  it('whoever may not answer is told why; an id of nothing is no question', async () => {
    const { id } = await asked(target())
    const { page } = await world.visit('admin', `/approvals/${id}`)
    await page.getByRole('article').waitFor()
    expect(await page.getByRole('button', { name: 'Approve with a passkey' }).count()).toBe(0)
    await page.goto(world.at(`/approvals/${id.slice(0, -4)}0000`))
    await page.getByRole('alert').first().waitFor()
  })

  it('is good at both widths and in both themes', async () => {
    const { id } = await asked(target())
    await expectGoodPage(await world.visit('mia', '/approvals'), 'approvals')
    await expectGoodPage(await world.visit('mia', `/approvals/${id}`), 'approval')
  })
})
