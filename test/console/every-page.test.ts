import { readFile } from 'node:fs/promises'
import type { Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { needs } from '../harness/services.ts'
import { expectInert, withTheWorst } from './hostile-words.ts'
import { type Lab, startLab } from './lab.ts'
import { watch } from './watch.ts'
import { complaintsOf, expectGoodPage } from './world.ts'

vi.setConfig({ testTimeout: 240_000 })

const missing = await needs('chromium')

/** Every page that the console lists. */
const PAGES = [
  ...(await readFile(new URL('../../apps/console/src/pages.ts', import.meta.url), 'utf8')).matchAll(
    /\bpath: '([^']+)'/g,
  ),
].map(([, path]) => path as string)

describe.skipIf(missing)('every page of the console', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab()
  }, 240_000)
  afterAll(() => lab?.stop())

  /** Where each of them shows something: one that is not here is not looked at. */
  const addresses = (): Readonly<Record<string, string>> => ({
    '/': '/',
    '/approvals': '/approvals',
    '/approvals/:id': `/approvals/${lab.approval}`,
    '/tasks': '/tasks',
    '/tasks/:id': `/tasks/${lab.living.id}`,
    '/freeze': '/freeze',
    '/who-has-write': '/who-has-write',
    '/grants': '/grants',
    '/leases': '/leases',
    '/environments': '/environments',
    '/environments/:name': '/environments/lab',
    '/roots': '/roots',
    '/roots/:name': '/roots/archive',
    '/scopes': '/scopes',
    '/scopes/:name': '/scopes/orders',
    '/agents': '/agents',
    '/agents/:name': '/agents/builder',
    '/issuers': '/issuers',
    '/issuers/:name': '/issuers/github',
    '/teams': '/teams',
    '/teams/:name': '/teams/payments',
    '/users': '/users',
    '/users/:name': '/users/mia',
    '/policies': '/policies',
    '/policies/:name': '/policies/lab',
    '/simulate': '/simulate',
    '/audit': '/audit',
    '/receipts/:task': `/receipts/${lab.done.id}`,
    '/account': '/account',
    '/device': '/device',
  })
  /** `/roots/:name` is `root`. */
  const nameOf = (path: string): string => {
    const [, list = '', one] = path.split('/')
    if (list === '') return 'overview'
    return one === undefined ? list : list.replace(/ies$/, 'y').replace(/s$/, '')
  }

  it('says which roots leaked, since when, who told of it, and what to do', async () => {
    await lab.leak()
    const { page } = await lab.world.visit('admin', '/')
    const alert = page.getByRole('alert').filter({ hasText: 'The credentials of 2 roots were found' })
    await alert.getByRole('link', { name: 'archive' }).waitFor()
    await alert.getByRole('link', { name: 'orders' }).click()
    const notice = page.getByRole('alert').filter({ hasText: 'found where it should not be' })
    await notice.getByText('by user admin').waitFor()
    await notice.getByText('broker root rotate orders').waitFor()
    await lab.world.visit('admin', '/audit?type=leak')
    await page.getByText('1 found value was reported').waitFor()
    for (const root of ['archive', 'orders'])
      await page.getByText(`the credential of the root ${root}, version 1`).waitFor()
  })

  it('a root is replaced at its vendor after one more question: what was stored before opens nothing', async () => {
    const { page } = await lab.world.visit('admin', '/roots/orders')
    await page.getByText('1, of the credential').waitFor()
    await page.getByRole('button', { name: 'Rotate' }).click()
    const question = page.getByRole('dialog')
    await question.getByText('Every copy of it outside').waitFor()
    await question.getByRole('button', { name: 'Rotate' }).click()
    await page.getByText('2, of the credential').waitFor()
    await expect(lab.signInWithOldRoot()).rejects.toThrow('password authentication failed')
    // What opens nothing is no leak any more.
    await lab.world.visit('admin', '/')
    const alert = page.getByRole('alert').filter({ hasText: 'The credential of a root was found' })
    expect(await alert.getByRole('link').allInnerTexts()).toEqual(['archive'])
  })

  it('shows where work is done as a claim: on its task, to whoever approves, and on the receipt', async () => {
    const shown = [
      ['admin', `/tasks/${lab.living.id}`],
      ['noa', `/approvals/${lab.approval}`],
      ['admin', `/receipts/${lab.done.id}`],
    ] as const
    for (const [person, path] of shown) {
      const { page } = await lab.world.visit(person, path)
      const place = page.locator('dl > div').filter({ hasText: /^Where it work(s|ed) \(claimed\)/ })
      await place.getByText('it started over stray secrets that somebody let pass').waitFor()
      await place.getByText('in a sandbox').waitFor()
      await place.getByText('fnd_4711aa').waitFor()
    }
    const { page } = await lab.world.visit('admin', '/audit?type=finding')
    await page.getByText('the stray secret fnd_4711aa was let pass').first().waitFor()
  })

  it('is good to look at, shows foreign words as words, and never holds the credential of a root (I1)', async () => {
    expect(PAGES.length).toBeGreaterThan(25)
    expect(Object.keys(addresses()).toSorted()).toEqual(PAGES.toSorted())
    const window = lab.world.people.admin
    const watched = await watch(window)
    for (const path of PAGES) {
      await lab.world.visit('admin', addresses()[path] ?? '')
      expect(lab.secretsIn(await watched.seen()), path).toEqual([])
      await expectInert(window.page, path)
      await expectGoodPage(window, nameOf(path))
    }
    // What happens arrives also where somebody looks at it.
    await lab.living.call('GET', '/v1/orders', { scope: 'shop' })
    await expect.poll(() => watched.streamed(), { timeout: 20_000 }).toContain('gateway.called')
    const bodies = await watched.bodies()
    expect(bodies.filter((body) => body.includes('"builder"')).length).toBeGreaterThan(10)
    for (const text of [...bodies, ...watched.said(), watched.streamed()])
      expect(lab.secretsIn(text)).toEqual([])
  })

  it('shows who may approve the same question with its buttons', async () => {
    const window = await lab.world.visit('noa', `/approvals/${lab.approval}`)
    await window.page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    await expectGoodPage(window, 'approval')
    await expectGoodPage(await lab.world.visit('noa', '/approvals'), 'approvals')
  })

  it('asks in forms that are as good', async () => {
    const window = lab.world.people.admin
    const { page } = window
    const form = async (path: string, button: string) => {
      await lab.world.visit('admin', path)
      await page.getByRole('button', { name: button, exact: true }).click()
      await page.getByRole('dialog').waitFor()
    }
    await form('/roots', 'Store a root')
    await expectGoodPage(window, 'root-add')
    await form('/scopes/orders', 'Edit')
    await expectGoodPage(window, 'scope-edit')
    await form('/agents/builder', 'Invite')
    await page.getByRole('button', { name: 'Make the token' }).click()
    await page.getByLabel('The token').waitFor()
    await expectGoodPage(window, 'agent-invite')
  })

  it('keeps the worst that a vendor or a broken border could send as words, within the page', async () => {
    const { page } = lab.world.people.admin
    const spoil = async (route: Route) => {
      const response = await route.fetch()
      const body = await response.json().catch(() => undefined)
      await route.fulfill(body === undefined ? { response } : { response, json: withTheWorst(body) })
    }
    const isAnswer = (url: URL) => url.pathname.startsWith('/v1/') && !url.pathname.startsWith('/v1/events')
    await page.route(isAnswer, spoil)
    await page.setViewportSize({ width: 390, height: 844 })
    try {
      const shown = [
        '/approvals/:id',
        '/tasks',
        '/tasks/:id',
        '/grants',
        '/who-has-write',
        '/roots/:name',
        '/scopes/:name',
        '/agents/:name',
        '/teams/:name',
        '/audit',
        '/receipts/:task',
        '/account',
      ]
      for (const path of shown) {
        await lab.world.visit('admin', addresses()[path] ?? '')
        await expectInert(page, path)
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
        expect(wide, `${path} grows over its side`).toBeLessThanOrEqual(390)
      }
      for (const path of ['/tasks/:id', '/roots/:name']) {
        await lab.world.visit('admin', addresses()[path] ?? '')
        const text = await page.locator('main').textContent()
        for (const mark of ['⟨U+202E⟩', '⟨U+200B⟩', 'more marks⟩', 'mixed letters', '<img src=x'])
          expect(text, path).toContain(mark)
      }
    } finally {
      await page.unroute(isAnswer, spoil)
    }
    expect(complaintsOf(lab.world.people.admin)).toEqual([])
  })
})
