import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startBrowser, type TestBrowser, type TestWindow } from '../harness/browser.ts'
import { pagesOf, setupToken } from '../harness/person.ts'
import { needs } from '../harness/services.ts'

vi.setConfig({ testTimeout: 90_000 })

let broker: TestBroker
beforeAll(async () => {
  broker = await startTestBroker({})
}, 120_000)
afterAll(() => broker?.stop())

describe('what pages are served with', () => {
  it.each(['/setup', '/login', '/device', '/approvals', '/approvals/apr_x', '/sso/callback'])(
    '%s runs our script alone, in no frame, and tells nobody',
    async (path) => {
      const answer = await fetch(pagesOf(broker) + path)
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).not.toContain('unsafe')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      expect(answer.headers.get('set-cookie')).toBeNull()
      const html = await answer.text()
      expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|https?:/)
    },
  )

  it('the first load is less than 250 kB of script, compressed', async () => {
    const html = await (await fetch(`${pagesOf(broker)}/approvals`)).text()
    const scripts = [...html.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map(([, path]) => path ?? '')
    expect(scripts.length).toBeGreaterThan(0)
    const sizes = await Promise.all(
      scripts.map(async (path) => {
        const answer = await fetch(pagesOf(broker) + path)
        expect(answer.headers.get('cache-control')).toContain('immutable')
        return gzipSync(await answer.text(), { level: 9 }).length
      }),
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000)
  })

  it('no path of the console leads out of what was built', async () => {
    for (const path of ['/console/../server.js', '/console/%2e%2e/server.js', '/console/x.js', '/console/'])
      expect((await fetch(pagesOf(broker) + path)).status).toBe(404)
  })

  it('at an address they lead to the name that passkeys need, and nowhere else', async () => {
    const answer = await fetch(`${broker.url}/setup?next=//evil.example`, { redirect: 'manual' })
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe(`${pagesOf(broker)}/setup?next=//evil.example`)
  })
})

const missing = await needs('chromium')
describe.skipIf(missing)('a person at the pages', () => {
  let browser: TestBrowser
  let window: TestWindow
  beforeAll(async () => {
    browser = await startBrowser()
    window = await browser.open(`${broker.url}/setup#${await setupToken(broker, 'admin')}`)
  }, 60_000)
  afterAll(() => browser?.close())

  const visible = (text: string) => window.page.getByText(text).first().waitFor()

  it('sets up by link, keeps the codes, confirms, makes new ones, signs out and in again', async () => {
    const { page } = window
    expect(page.url()).toBe(`${pagesOf(broker)}/setup`)
    await page.getByLabel('A name for this passkey').fill('Laptop <b>')
    await page.getByRole('button', { name: 'Create a passkey' }).click()
    await page.getByRole('button', { name: 'I have kept them' }).waitFor()
    expect(await page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').count()).toBe(10)
    expect(await window.passkeys()).toBe(1)
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByRole('link', { name: 'Your account: admin' }).click()
    await visible('You are signed in as')
    await visible('Laptop <b>')

    await page.getByRole('button', { name: 'Confirm with a passkey' }).click()
    await visible('Confirmed.')
    await page.getByRole('button', { name: 'New recovery codes' }).click()
    await visible('Earlier codes are void.')

    await page.getByRole('button', { name: 'Sign out' }).click()
    const again = page.getByRole('button', { name: 'Sign in with a passkey' })
    await again.waitFor()
    expect(await page.evaluate(() => globalThis['localStorage'].getItem('credbroker.session'))).toBeNull()
    await again.click()
    await page.getByRole('link', { name: 'Your account: admin' }).click()
    await visible('You are signed in as')
    expect(window.complaints).toEqual([])
  })

  it('registers a new passkey with a recovery code, also where the first try fails', async () => {
    const { page } = window
    await page.getByRole('button', { name: 'New recovery codes' }).click()
    await visible('Earlier codes are void.')
    const code =
      (await page
        .getByRole('list', { name: 'Recovery codes' })
        .getByRole('listitem')
        .first()
        .textContent()) ?? ''
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Use a recovery code').click()
    await page.getByLabel('Recovery code').fill(code)
    // Its authenticator holds a passkey of this person already.
    await page.getByRole('button', { name: 'Register a new passkey with it' }).click()
    await visible('This device holds a passkey for this account already.')
    const fresh = await browser.open(page.url())
    await fresh.page.getByText('Your recovery code was accepted').waitFor()
    await fresh.page.getByRole('button', { name: 'Register a new passkey' }).click()
    await fresh.page.getByText('The new passkey is registered.').waitFor()
    await fresh.page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await fresh.page.getByRole('link', { name: 'Your account: admin' }).waitFor()
  })

  it('a code that is none is refused', async () => {
    const code = await setupToken(broker, 'admin')
    const again = await browser.open(`${pagesOf(broker)}/setup#${code.slice(0, -1)}x`)
    await again.page.getByRole('button', { name: 'Create a passkey' }).click()
    await again.page.getByText('The enrolment token is unknown, used or over').waitFor()
  })

  it('signs a machine in: by the code, after seeing who asks, by a click (RFC 8628 §5.4)', async () => {
    const { page } = window
    const asked = await fetch(`${broker.url}/oauth/device_authorization`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'broker-cli', host: 'laptop <b>', dpop_jkt: 'x'.repeat(43) }),
    })
    const { user_code: code } = (await asked.json()) as { user_code: string }
    await page.evaluate(() => globalThis['localStorage'].clear())
    await page.goto(`${pagesOf(broker)}/device`)
    // Whoever is not signed in comes back here after it.
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('textbox', { name: /^Code/ }).fill(code.toLowerCase())
    expect(page.url()).toBe(`${pagesOf(broker)}/device`)
    await page.getByRole('button', { name: 'Continue' }).click()
    for (const text of ['laptop <b>', 'broker-cli', 'x'.repeat(43), 'it acts as you', '12 hours'])
      await visible(text)
    await page.getByRole('button', { name: 'Yes, sign it in as me' }).click()
    await visible('Approved.')
    // It was answered: nobody answers again.
    await page.reload()
    await page.getByRole('textbox', { name: /^Code/ }).fill(code)
    await page.getByRole('button', { name: 'Continue' }).click()
    await visible('No login waits under this code')
  })

  it('an answer of single sign-on that this window did not ask for signs nobody in (login CSRF)', async () => {
    const { page } = await browser.open(`${pagesOf(broker)}/sso/callback?code=x&state=y`)
    await page.getByText('did not begin in this window').waitFor()
    expect(page.url()).toBe(`${pagesOf(broker)}/sso/callback`)
  })
})

describe.skipIf(missing)('the console among neighbours who mean harm', () => {
  let browser: TestBrowser
  let window: TestWindow
  let neighbour: Server
  /** Of another server at the same name, as every program of the machine can be one. */
  let elsewhere: string
  /** What is asked of it. */
  const asked: string[] = []

  beforeAll(async () => {
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
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    neighbour?.closeAllConnections()
    neighbour?.close()
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
