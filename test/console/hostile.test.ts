import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startBrowser, type TestBrowser, type TestWindow } from '../harness/browser.ts'
import { pagesOf, setupToken } from '../harness/person.ts'
import { needs } from '../harness/services.ts'

vi.setConfig({ testTimeout: 90_000 })

const missing = await needs('chromium')

describe.skipIf(missing)('the console among neighbours who mean harm', () => {
  let broker: TestBroker
  let browser: TestBrowser
  let window: TestWindow
  let neighbour: Server
  /** Of another server at the same name, as every program of the machine can be one. */
  let elsewhere: string
  /** What is asked of it. */
  const asked: string[] = []

  beforeAll(async () => {
    broker = await startTestBroker({})
    browser = await startBrowser()
    const code = await setupToken(broker, 'admin')
    window = await browser.open(`${pagesOf(broker)}/setup#${code}`)
    await window.page.getByRole('button', { name: 'Create a passkey' }).click()
    await window.page.getByRole('button', { name: 'I have kept them' }).click()
    await window.page.getByRole('link', { name: 'Your account: admin' }).waitFor()
    neighbour = createServer((request, response) => {
      asked.push(JSON.stringify([request.url, request.headers]))
      response.setHeader('content-type', 'text/html')
      response.end(
        `<!doctype html><title>neighbour</title><iframe src="${pagesOf(broker)}/approvals"></iframe>`,
      )
    }).listen(0, '127.0.0.1')
    await once(neighbour, 'listening')
    elsewhere = `http://localhost:${(neighbour.address() as AddressInfo).port}`
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    neighbour?.closeAllConnections()
    neighbour?.close()
    await broker?.stop()
  })

  const session = () => window.page.evaluate(() => globalThis['localStorage'].getItem('credbroker.session'))

  it('a server on another port of this machine gets no session, shows no console in a frame and reads no answer', async () => {
    const token = await session()
    expect(token).toMatch(/^brk_ses_/)
    const { page } = await browser.open(elsewhere)
    await page.getByText('x').count()
    expect(await page.evaluate(() => globalThis['localStorage'].length)).toBe(0)
    const framed = page.frames().find((frame) => frame !== page.mainFrame())
    expect(await framed?.locator('#root').count()).toBe(0)
    const read = await page.evaluate(
      (url) =>
        fetch(`${url}/v1/whoami`, { credentials: 'include' }).then(
          () => 'read',
          () => 'refused',
        ),
      pagesOf(broker),
    )
    expect(read).toBe('refused')
    expect(asked.join()).not.toContain('brk_ses_')
    await page.close()
  })

  it('no link brings somebody into another session, or to another place after signing in', async () => {
    const before = await session()
    const planted = 'brk_ses_planted'
    for (const path of [
      `/?session=${planted}`,
      `/#${planted}`,
      `/login?token=${planted}&next=${encodeURIComponent(elsewhere)}`,
      `//${elsewhere.slice('http://'.length)}/login`,
    ]) {
      await window.page.goto(pagesOf(broker) + path)
      await window.page.locator('body').waitFor()
      expect(await session()).toBe(before)
    }
    await window.page.evaluate(() => globalThis['localStorage'].clear())
    await window.page.goto(`${pagesOf(broker)}/login?next=${encodeURIComponent(elsewhere)}`)
    await window.page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await window.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    expect(new URL(window.page.url()).origin).toBe(new URL(pagesOf(broker)).origin)
  })

  it('says that the server is gone, and goes on by itself when it is back', async () => {
    await window.page.goto(`${pagesOf(broker)}/freeze`)
    await window.page.getByText('Live', { exact: true }).waitFor()
    await broker.kill9()
    await window.page.getByText('Not live: trying again').waitFor()
    await broker.restart()
    await window.page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 })
    await broker.admin.request({ method: 'POST', path: '/v1/freeze', body: { environment: 'staging' } })
    await window.page.getByRole('cell', { name: 'environment:staging' }).waitFor({ timeout: 30_000 })
  })
})
