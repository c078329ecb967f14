import { createPublicKey } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatVerifier } from '@credbroker/core/audit/note'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { needs } from '../harness/services.ts'
import { type ConsoleWorld, expectGoodPage, startConsoleWorld } from './world.ts'

vi.setConfig({ testTimeout: 120_000 })

const missing = await needs('chromium')

describe.skipIf(missing)('a reviewer at the console', () => {
  let world: ConsoleWorld
  beforeAll(async () => {
    world = await startConsoleWorld()
  }, 180_000)
  afterAll(() => world?.stop())

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
    await expectGoodPage(world.people.noa, 'who-has-write')
    await expectGoodPage(await world.visit('noa', '/who-has-write?view=unused'), 'unused-access')
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
    await expectGoodPage(reviewer, 'receipt')
  })

  it('finds a denial in the log by its result, and whose it was', async () => {
    const task = await world.api.task(['api'])
    expect((await task.call('PUT', '/v1/secret', { body: { a: 1 } })).status).toBe(403)
    const { page } = await world.visit('noa', '/audit?result=denied')
    await page.getByText('gateway.denied').first().waitFor()
    await page.getByLabel('Who').fill('fixer')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain('actor=fixer')
    await page.getByText('agent fixer').first().waitFor()
    await expectGoodPage(world.people.noa, 'audit')
  })
})
