import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { DEBIAN_CHROMIUM } from './services.ts'

/** Debian's Chromium, with an authenticator of its own in every window: `needs('chromium')` first. */
export interface TestBrowser {
  /** A window whose passkeys are made and used without a hand. Windows of one person share what the browser keeps. */
  open(url: string, person?: string): Promise<TestWindow>
  close(): Promise<void>
}

export interface TestWindow {
  readonly page: Page
  /** What the page itself or its policy complained about. */
  readonly complaints: readonly string[]
  /** The passkeys that its authenticator holds. */
  passkeys(): Promise<number>
}

export async function startBrowser(): Promise<TestBrowser> {
  const directory = await mkdtemp(join(tmpdir(), 'credbroker-browser-'))
  const browser = await chromium.launch({
    executablePath: DEBIAN_CHROMIUM,
    headless: true,
    // Tests run as root in containers, where Chromium's own sandbox cannot.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    env: { ...process.env, HOME: directory },
  })
  const people = new Map<string, Promise<BrowserContext>>()
  const contextOf = (person: string) => {
    const context = people.get(person) ?? browser.newContext()
    people.set(person, context)
    return context
  }
  return {
    async open(url, person = '') {
      const context = await contextOf(person)
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', ({ message }) => complaints.push(message))
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      const devtools = await context.newCDPSession(page)
      await devtools.send('WebAuthn.enable')
      const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          protocol: 'ctap2',
          transport: 'internal',
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      })
      await page.goto(url)
      return {
        page,
        complaints,
        passkeys: async () =>
          (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
      }
    },
    async close() {
      await browser.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
