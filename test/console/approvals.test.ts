import { join } from 'node:path'
import type { Approval } from '@credbroker/broker/domain/approval'
import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Work } from '../gateway/world.ts'
import type { Identity } from '../harness/broker.ts'
import { askMany } from '../harness/many-rows.ts'
import { needs } from '../harness/services.ts'
import { type Answer, send } from '../security/wire.ts'
import { type ConsoleWorld, startConsoleWorld } from './world.ts'

vi.setConfig({ testTimeout: 120_000 })

const missing = await needs('chromium')

const BOTH = `@id("both") @approval("two-person")
forbid(principal == Agent::"shared", action == Action::"delete", resource)
unless { context has approval && context.approval.level == Approval::"two-person" };
`

describe.skipIf(missing)('an approver at the inbox', () => {
  let world: ConsoleWorld
  let task: Work
  let count = 0
  /** An agent of neither approver, whose deletions take both. */
  let shared: Identity
  beforeAll(async () => {
    world = await startConsoleWorld()
    const put = (path: string, body: object) =>
      world.api.broker.admin.request({ method: 'PUT', path: `/v1/${path}`, body })
    await put('agents/shared', { owner: 'admin' })
    await put('policies/both', { text: BOTH })
    shared = await world.api.broker.enrolAgent('shared')
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
  const seen = (id: string) =>
    world.api.broker.admin.request<ApprovalView>({ method: 'GET', path: `/v1/approvals/${id}` })
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
    const states = await Promise.all(views.map(({ id }) => seen(id)))
    expect(states.map(({ state }) => state).toSorted()).toEqual(['denied', 'pending'])
  })

  it('of two approvers at once one is first, and neither can answer again', async () => {
    const { id } = await asked(target())
    const both = [await world.visit('mia', `/approvals/${id}`), await world.visit('noa', `/approvals/${id}`)]
    const buttons = both.map(({ page }) => page.getByRole('button', { name: 'Approve with a passkey' }))
    for (const button of buttons) await button.waitFor()
    await Promise.all(buttons.map((button) => button.click()))
    for (const { page } of both) await page.getByText('Approved. It can be used once').waitFor()
    for (const button of buttons) await button.waitFor({ state: 'hidden' })
    expect((await seen(id)).answers).toHaveLength(1)
  })

  it('a tab that hears and reads nothing new is told by the broker what it cannot know', async () => {
    const { id } = await asked(target())
    const { page } = world.people.noa
    let first: Promise<unknown> | undefined
    await page.route('**/v1/events*', () => undefined)
    await page.route(`**/v1/approvals/${id}`, async (route) => {
      first ??= route.fetch().then((response) => response.json())
      await route.fulfill({ json: await first })
    })
    await world.visit('noa', `/approvals/${id}`)
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    const { page: other } = await world.visit('mia', `/approvals/${id}`)
    await other.getByRole('button', { name: 'Deny' }).waitFor()
    await other.keyboard.press('d')
    await other.keyboard.press('Enter')
    await other.getByText('Denied: ').waitFor()
    await page.getByRole('button', { name: 'Approve with a passkey' }).click()
    await page.getByRole('alert').first().waitFor()
    await page.unrouteAll()
    expect(await seen(id)).toMatchObject({ state: 'denied', answers: [{ user: 'mia', verdict: 'deny' }] })
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor({ state: 'hidden' })
  })

  it('where two have to approve, it says who is missing, and the second one completes it', async () => {
    const work = await world.api.task(['api'], shared)
    const path = target()
    const id = (await work.call('DELETE', path)).headers.get('broker-approval') ?? ''
    const use = () => work.call('DELETE', path, { headers: { 'broker-approval': id } })
    const { page: first } = await world.visit('mia', `/approvals/${id}`)
    await first.getByText('2 more persons have to approve').waitFor()
    await first.getByRole('button', { name: 'Approve with a passkey' }).click()
    await first.getByText('Approved by mia; 1 more person has to approve').waitFor()
    await first.getByRole('button', { name: 'Approve with a passkey' }).waitFor({ state: 'hidden' })
    expect((await use()).code).toBe('approval_required')
    const { page: second } = await world.visit('noa', `/approvals/${id}`)
    await second.getByText('Approved by mia; 1 more person has to approve').waitFor()
    await second.getByRole('button', { name: 'Approve with a passkey' }).click()
    await first.getByText('Approved. It can be used once').waitFor()
    expect((await use()).status).toBe(200)
    await world.api.broker.admin.request({ method: 'POST', path: `/v1/tasks/${work.id}/end` })
  })

  it('several calls are one question, each of them shown whole', async () => {
    const paths = [target(), target(), target()]
    const answer = await send(world.api.broker, {
      method: 'POST',
      path: '/v1/approvals',
      token: task.token,
      key: task.who.key,
      body: { scope: 'api', requests: paths.map((path) => ({ method: 'DELETE', path })) },
    })
    const id = answer.headers.get('broker-approval') ?? ''
    const { page } = await world.visit('mia', '/approvals')
    await page.getByRole('link', { name: '3 calls: drop' }).click()
    for (const [at, path] of paths.entries())
      await page
        .getByRole('region', { name: `Call ${at + 1} of 3` })
        .getByText(`DELETE ${path}`)
        .waitFor()
    await page.getByRole('button', { name: 'Approve with a passkey' }).click()
    await page.getByText('Approved. It can be used once').waitFor()
    for (const path of paths) expect((await drop(path, id)).status).toBe(200)
    expect((await drop(target(), id)).code).toBe('approval_invalid')
  })

  it('everything on the page is reached with Tab, and a question is answered so', async () => {
    const { id } = await asked(target())
    const { page } = await world.visit('mia', `/approvals/${id}`)
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    // Of the choices of one question Tab reaches the chosen one; arrows go on from there.
    const all = await page.evaluate<number>(`(() => {
      const found = [...document.querySelectorAll('main :is(a[href], button, input:not([type=radio]:not(:checked)), [tabindex="0"])')]
      found.forEach((one, at) => { one.dataset.reach = at })
      document.querySelector('main').focus()
      return found.length
    })()`)
    expect(all).toBeGreaterThan(6)
    const reached = new Set<string>()
    const focused = () =>
      page.evaluate<[string | undefined, string]>(
        '[document.activeElement.dataset.reach, document.activeElement.textContent]',
      )
    for (let press = 0; press < all + 5; press += 1) {
      await page.keyboard.press('Tab')
      const [at] = await focused()
      if (at !== undefined) reached.add(at)
    }
    expect(reached.size).toBe(all)
    await page.evaluate("document.querySelector('main').focus()")
    do await page.keyboard.press('Tab')
    while ((await focused())[1] !== 'Approve with a passkey')
    await page.keyboard.press('Enter')
    await page.getByText('Approved. It can be used once').waitFor()
  })

  it('who wants to is told on the desktop that somebody waits, and not what for', async () => {
    const { page } = await world.another('noa', '/approvals')
    await page.addInitScript(DESKTOP)
    await page.reload()
    await page.getByRole('button', { name: 'Notify me of approvals' }).click()
    await page.getByRole('button', { name: 'Notify me of approvals' }).waitFor({ state: 'hidden' })
    await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
    await page.evaluate('globalThis.away = true')
    await asked(target())
    await expect
      .poll(() => page.evaluate('globalThis.told'), { timeout: 30_000 })
      .toEqual(['Credbroker: Somebody waits for an approval'])
    await page.close()
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

  it('a thousand that wait are walked with few of them in the page', async () => {
    const { id } = await asked(target())
    const { broker, state } = world.api
    const [row] = await world.api.sql<{ body: Approval }>(`SELECT body FROM approvals WHERE id = '${id}'`)
    const where = { databaseUrl: state.url, keyfile: join(broker.stateDir, 'keyfile') }
    await askMany(where, row?.body as Approval, 999)
    const { page } = await world.visit('mia', '/approvals')
    const rows = page.getByRole('table', { name: 'Questions' }).getByRole('row')
    const counted = page.getByText(/^The first \d+|^\d+ in all/)
    await page.getByText('The first 100').waitFor()
    expect(await rows.count()).toBeLessThan(60)
    await expect.poll(() => page.title(), { timeout: 20_000 }).toMatch(/^\(1000\) /)
    const chosen = page.locator('[role=row][aria-current=true]')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    expect(await chosen.getAttribute('aria-rowindex')).toBe('2')
    // To the end of what is read, again and again.
    for (let end = ''; end !== '1000 in all'; end = (await counted.textContent()) ?? '')
      await page.getByRole('table', { name: 'Questions' }).press('End')
    expect(await rows.count()).toBeLessThan(60)
    await rows.last().getByRole('link').click()
    await page.getByRole('button', { name: 'Approve with a passkey' }).click()
    await page.getByText('Approved. It can be used once').waitFor()
    await page.keyboard.press('k')
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    await expect.poll(() => page.title(), { timeout: 20_000 }).toMatch(/^\(999\) /)
  })
})

/** A desktop that asks nobody, and a window that can be looked away from. */
const DESKTOP = `
  globalThis.told = []
  globalThis.Notification = class {
    static permission = 'default'
    static requestPermission = async () => (this.permission = 'granted')
    constructor(title, { body }) { told.push(title + ': ' + body) }
  }
  Object.defineProperty(document, 'hidden', { get: () => globalThis.away === true })
`
