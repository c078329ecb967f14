import { createPublicKey } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatVerifier } from '@credbroker/core/audit/note'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startMany } from '../harness/many-rows.ts'
import { needs } from '../harness/services.ts'
import { type ConsoleWorld, complaintsOf, expectGoodPage, startConsoleWorld } from './world.ts'

vi.setConfig({ testTimeout: 120_000 })

const missing = await needs('chromium')

/** What stands in the way of an emergency. */
const NO = '@id("not-now") forbid(principal, action, resource);'

let world: ConsoleWorld
beforeAll(async () => {
  if (!missing) world = await startConsoleWorld()
}, 180_000)
afterAll(() => world?.stop())

describe.skipIf(missing)('an operator at the console', () => {
  it('sees a task begin, what it does, and ends it; the agent gets nothing more', async () => {
    const { page, complaints } = await world.visit('mia', '/tasks')
    await page.getByRole('heading', { name: 'No task' }).waitFor()
    for (const purpose of ['x'.repeat(10_000), 'fix \u202egnp.exe', ''])
      await expect(world.api.task(['api'], world.api.fixer, { purpose })).rejects.toMatchObject({
        code: 'invalid_request',
      })
    const task = await world.api.task(['api'], world.api.fixer, { purpose: 'look <i>closely</i>' })
    await page.getByRole('link', { name: 'look <i>closely</i>' }).click()
    await page.getByRole('heading', { level: 1, name: 'Task' }).waitFor()
    expect((await task.call('GET', '/v1/orders')).status).toBe(200)
    await page.getByText('gateway.called').first().waitFor()
    await page.getByRole('button', { name: 'End the task' }).click()
    const question = page.getByRole('dialog')
    await question.getByText('open calls are cut').waitFor()
    await question.getByRole('button', { name: 'End the task' }).click()
    await page.getByText('task.ended').waitFor()
    expect((await task.call('GET', '/v1/orders')).code).toBe('task_ended')
    expect(complaints).toEqual([])
  })

  it('freezes everything only after typing so, and lifts it again', async () => {
    const { page } = await world.visit('admin', '/freeze')
    await page.getByLabel('Everything').check()
    await page.getByRole('button', { name: 'Freeze' }).click()
    const question = page.getByRole('dialog')
    const really = question.getByRole('button', { name: 'Freeze', exact: true })
    expect(await really.isDisabled()).toBe(true)
    await question.getByLabel('Type everything to go on').fill('everything')
    await really.click()
    await page.getByRole('table', { name: 'Freezes in force' }).getByText('all').first().waitFor()
    await expect(world.api.task(['api'])).rejects.toMatchObject({ code: 'frozen' })
    await page.getByRole('button', { name: 'Lift' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Lift' }).click()
    await page.getByRole('heading', { name: 'Nothing is frozen' }).waitFor()
    expect((await world.api.task(['api'])).id).toMatch(/^tsk_/)
  })

  it('ten thousand tasks scroll past with few of them in the page', async () => {
    await startMany(world.api.state.url, (await world.api.task(['api'])).id, 10_000)
    const { page } = await world.visit('noa', '/tasks')
    const rows = page.getByRole('table', { name: 'Tasks' }).getByRole('row')
    await rows.nth(5).waitFor()
    expect(await rows.count()).toBeLessThan(60)
    const counted = page.getByText(/^The first \d+/)
    const before = await counted.textContent()
    for (let press = 0; press < 90; press += 1) await page.keyboard.press('j')
    await expect.poll(() => counted.textContent(), { timeout: 20_000 }).not.toBe(before)
    expect(await rows.count()).toBeLessThan(60)
  })

  it('breaks the glass with a passkey: everybody sees it, the agent goes beyond policy, and an operator ends it', async () => {
    const wanted = () => world.api.task(['api'], world.api.fixer, { purpose: 'an incident' })
    await world.api.broker.admin.request({ method: 'PUT', path: '/v1/policies/incident', body: { text: NO } })
    await expect(wanted()).rejects.toMatchObject({ code: 'denied' })
    const { page } = await world.visit('admin', '/freeze')
    for (const [label, text] of [
      ['Agent', 'fixer'],
      ['In the environment', 'staging'],
      ['Why, for the record', 'The shop <b>is down</b>'],
    ] as const)
      await page.getByRole('textbox', { name: label, exact: true }).fill(text)
    await page.getByRole('button', { name: 'Break the glass' }).click()
    const question = page.getByRole('dialog')
    await question.getByLabel('Type fixer to go on').fill('fixer')
    await question.getByRole('button', { name: 'Break the glass' }).click()
    await page.getByText('Break-glass is in force').waitFor()

    const { page: other } = await world.visit('mia', '/tasks')
    await other.getByText('Policy gives way for 1 agent.').waitFor()
    expect((await wanted()).id).toMatch(/^tsk_/)
    await world.visit('mia', '/freeze')
    await other
      .getByRole('table', { name: 'Break-glass in force' })
      .getByText('The shop <b>is down</b>')
      .waitFor()
    await other.getByRole('button', { name: 'End it' }).click()
    await other.getByRole('dialog').getByRole('button', { name: 'End it' }).click()
    await other.getByText('Break-glass is in force').waitFor({ state: 'hidden' })
    await page.getByText('Break-glass is in force').waitFor({ state: 'hidden' })
    await expect(wanted()).rejects.toMatchObject({ code: 'denied' })
    await world.api.broker.admin.request({ method: 'DELETE', path: '/v1/policies/incident' })
  })
})

describe.skipIf(missing)('a reviewer at the console, and an admin at the policies', () => {
  it('asks who has write: sees it, sees why, and takes it along as a sheet', async () => {
    const { page, complaints } = await world.visit('noa', '/who-has-write')
    await page.getByRole('button', { name: 'agent fixer in staging, write: yes' }).click()
    const why = page.getByRole('dialog')
    await why.getByText('staging-work').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'agent fixer in staging, delete: with approval' }).waitFor()
    expect(await page.getByRole('button', { name: /agent fixer in production/ }).count()).toBe(0)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export CSV' }).click()
    const sheet = await readFile(await (await download).path(), 'utf8')
    expect(sheet).toContain('agent:fixer,staging,write,yes')
    expect(complaints).toEqual([])
    await expectGoodPage(await world.visit('noa', '/who-has-write?view=unused'), 'unused-access')
  })

  it('shows people and agents of one version of the configuration: where it changes between two pages all are read anew', async () => {
    const { page } = await world.another('noa', '/account')
    const asked: URL[] = []
    // One on each page, and nothing tells the page of the change.
    await page.route('**/v1/reports/who-has-write*', (route) => {
      const url = new URL(route.request().url())
      asked.push(new URL(url))
      url.searchParams.set('limit', '1')
      return route.continue({ url: String(url) })
    })
    await page.route('**/v1/events*', () => undefined)
    await page.goto(world.at('/who-has-write'))
    const people = page.getByRole('rowheader')
    await people.first().waitFor()
    expect(asked[0]?.searchParams.get('limit')).toBe('100')
    const more = page.getByRole('button', { name: 'More people and agents' })
    await more.click()
    await people.nth(1).waitFor()
    const version = page.getByText(/^By version/)
    const before = await version.textContent()
    await world.api.broker.admin.request({ method: 'PUT', path: '/v1/teams/new', body: {} })
    await more.click()
    await people.nth(2).waitFor()
    expect(await version.textContent()).not.toBe(before)
    expect(asked.filter(({ searchParams }) => !searchParams.has('cursor')).length).toBeGreaterThan(1)
    await page.close()
  })

  it('the whole story: an agent asks, the inbox lights up, a passkey says yes, the call happens, the receipt proves it', async () => {
    const { page } = await world.visit('mia', '/approvals')
    const task = await world.api.task(['api'], world.api.fixer, { purpose: 'remove one order' })
    const path = '/v1/orders/last'
    const asked = await task.call('DELETE', path)
    const { id } = asked.body['approval'] as unknown as { id: string }
    await page.getByRole('link', { name: 'drop' }).click()
    await page.getByRole('button', { name: 'Approve with a passkey' }).click()
    await page.getByText('Approved. It can be used once').waitFor()
    expect((await task.call('DELETE', path, { headers: { 'broker-approval': id } })).status).toBe(200)
    await world.api.broker.admin.request({ method: 'POST', path: `/v1/tasks/${task.id}/end` })

    const reviewer = await world.visit('noa', `/tasks/${task.id}`)
    await reviewer.page.getByRole('link', { name: 'Receipt' }).click()
    await reviewer.page.getByText('every credential of it is dead').waitFor({ timeout: 60_000 })
    const text = (await reviewer.page.locator('main').textContent()) ?? ''
    for (const part of ['remove one order', 'drop', 'mia: approve', task.id]) expect(text).toContain(part)
    const download = reviewer.page.waitForEvent('download')
    await reviewer.page.getByRole('button', { name: 'Download the proof' }).click()
    const file = await (await download).path()
    const { broker } = world.api
    const pinned = join(broker.home, 'pinned.pub')
    const key = await broker.admin.request<{ public_key: string; name: string }>({
      method: 'GET',
      path: '/v1/audit/checkpoint',
    })
    await writeFile(
      pinned,
      `${formatVerifier({ name: key.name, publicKey: createPublicKey(key.public_key) })}\n`,
    )
    const verified = await broker.cli(['receipt', '--verify', file, '--public-key', pinned])
    expect([verified.code, verified.stdout, verified.stderr]).toEqual([
      0,
      expect.any(String),
      expect.any(String),
    ])
  })

  it('finds a denial in the log by its result, and whose it was', async () => {
    const task = await world.api.task(['api'])
    expect((await task.call('PUT', '/v1/secret', { body: { a: 1 } })).status).toBe(403)
    const { page } = await world.visit('noa', '/audit?result=denied')
    await page.getByText('gateway.denied').first().waitFor()
    await page.getByLabel('Who', { exact: true }).fill('fixer')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain('actor=fixer')
    await page.getByText('agent fixer').first().waitFor()
  })

  it('an admin writes a policy: is told what is wrong where, sees what it would change, saves it, and it holds', async () => {
    const { page } = await world.visit('admin', '/policies/new')
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
    expect(complaintsOf(world.people.admin)).toEqual([])
    const task = await world.api.task(['api'])
    expect((await task.call('DELETE', '/v1/orders/1')).status).toBe(403)
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
    await expectGoodPage(world.people.noa, 'simulation')
  })

  it('guardrails are there to be read, and not to be changed', async () => {
    const { page } = await world.visit('admin', '/policies/danger-needs-a-person.cedar')
    await page.getByText('cannot be removed').waitFor()
    expect(await page.getByRole('textbox').count()).toBe(0)
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
