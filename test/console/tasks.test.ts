import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { needs } from '../harness/services.ts'
import { type ConsoleWorld, expectGoodPage, startConsoleWorld } from './world.ts'

vi.setConfig({ testTimeout: 120_000 })

const missing = await needs('chromium')

describe.skipIf(missing)('an operator at the console', () => {
  let world: ConsoleWorld
  beforeAll(async () => {
    world = await startConsoleWorld()
  }, 180_000)
  afterAll(() => world?.stop())

  /** As many more, each as one that is there. */
  const fillTasks = async (count: number): Promise<void> => {
    const columns = await world.api.sql<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns
       WHERE table_name = 'tasks' AND table_schema = 'public' AND is_generated = 'NEVER' ORDER BY 1`,
    )
    const names = columns.map(({ name }) => `"${name}"`)
    const made = names.map((name) => (name === '"id"' ? `'tsk_' || lpad(n::text, 26, '0')` : name))
    await world.api.sql(
      `INSERT INTO tasks (${names}) SELECT ${made} FROM (SELECT * FROM tasks LIMIT 1) t, generate_series(1, ${count}) n`,
    )
  }

  it('sees a task begin, what it does, and ends it; the agent gets nothing more', async () => {
    const { page, complaints } = await world.visit('mia', '/tasks')
    await page.getByRole('heading', { name: 'No task' }).waitFor()
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
    await fillTasks(10_000)
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

  it('pages are good at both widths and in both themes', async () => {
    const task = await world.api.task(['api'])
    await task.call('GET', '/v1/orders')
    const pages = {
      overview: '/',
      tasks: '/tasks',
      task: `/tasks/${task.id}`,
      grants: '/grants',
      leases: '/leases',
      freeze: '/freeze',
    }
    for (const [name, path] of Object.entries(pages))
      await expectGoodPage(await world.visit('mia', path), name)
  })
})
