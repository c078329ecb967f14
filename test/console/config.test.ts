import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { needs } from '../harness/services.ts'
import { hatch } from '../security/canary.ts'
import { watch } from './watch.ts'
import { type ConsoleWorld, startConsoleWorld } from './world.ts'

vi.setConfig({ testTimeout: 180_000 })

const missing = await needs('chromium')

describe.skipIf(missing)('the configuration at the console', () => {
  let world: ConsoleWorld
  beforeAll(async () => {
    world = await startConsoleWorld()
    const { admin } = world.api.broker
    await admin.request({ method: 'PUT', path: '/v1/teams/payments', body: { description: 'who ships' } })
    await admin.request({ method: 'PUT', path: '/v1/agents/shipper', body: { owner: 'mia' } })
  }, 180_000)
  afterAll(() => world?.stop())

  const canaries = hatch(1)
  /** Of letters alone, as a header wants it. */
  const secret = canaries.values[0]?.split('-')[0] ?? ''

  it('a root goes in once, and no answer, field or storage holds its credential after it (I1)', async () => {
    const window = await world.visit('mia', '/roots')
    const { page } = window
    const watched = await watch(window)
    await page.getByRole('button', { name: 'Store a root' }).click()
    const form = page.getByRole('dialog')
    const field = form.getByLabel('Credential')
    expect(await field.getAttribute('autocomplete')).toBe('off')
    expect(await field.inputValue()).toBe('')
    await form.getByLabel('Name').fill('canary')
    await form.getByRole('combobox', { name: 'Provider' }).click()
    await page.getByRole('option', { name: /^http:/ }).click()
    await form.getByText('What the credential of http says').waitFor()
    await form.getByRole('combobox', { name: 'Owner' }).click()
    await page.getByRole('option', { name: 'mia' }).click()
    await form.getByLabel('Service that needs it').fill('the <b>shop</b>')
    await field.fill(`{ no json ${secret}`)
    await form.getByRole('button', { name: 'Store it' }).click()
    await form.getByText('is neither a JSON document nor a postgres:// URL').waitFor()
    // Refused by the broker: it has to be entered anew.
    await field.fill(JSON.stringify({ origin: 'no origin', secret }))
    await form.getByRole('button', { name: 'Store it' }).click()
    await form.getByRole('alert').first().waitFor()
    expect(await field.inputValue()).toBe('')
    expect(canaries.find(await watched.seen())).toEqual([])
    await field.fill(JSON.stringify({ origin: world.api.vendor.origin, secret }))
    await form.getByRole('button', { name: 'Store it' }).click()
    await page.getByRole('heading', { level: 1, name: 'canary' }).waitFor()
    await page.getByText('the <b>shop</b>').waitFor()
    await page.getByText('spanning', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.getByRole('button', { name: 'Checked. Check again' }).waitFor()
    expect(canaries.find(await watched.seen())).toEqual([])
    const bodies = await watched.bodies()
    expect(bodies.some((body) => body.includes('"canary"'))).toBe(true)
    for (const text of [...bodies, ...watched.said(), watched.streamed()])
      expect(canaries.find(text)).toEqual([])
  })

  it('a new credential takes the place of the one in use; a root of the files says how it gets one (I1)', async () => {
    const next = `${secret}next`
    const { page } = await world.visit('mia', '/roots/canary')
    await page.getByText('1, of the credential').waitFor()
    await page.getByRole('button', { name: 'Replace the credential' }).click()
    const form = page.getByRole('dialog')
    await form.getByText('end it at its vendor afterwards').waitFor()
    await form.getByText('What the credential of http says').waitFor()
    const field = form.getByLabel('Credential')
    await field.fill(JSON.stringify({ origin: 'no origin', secret: next }))
    await form.getByRole('button', { name: 'Replace it' }).click()
    await form.getByRole('alert').first().waitFor()
    expect(await field.inputValue()).toBe('')
    await field.fill(JSON.stringify({ origin: world.api.vendor.origin, secret: next }))
    await form.getByRole('button', { name: 'Replace it' }).click()
    await page.getByText('2, of the credential').waitFor()
    expect(await page.content()).not.toContain(next)
    await world.visit('mia', '/roots/api')
    await page.getByText('broker apply --renew api').waitFor()
    expect(await page.getByRole('button', { name: 'Replace the credential' }).count()).toBe(0)
  })

  it('the log is searched for whom something was done, and by its lease; issuers name who trusts them', async () => {
    const { page } = await world.visit('admin', '/audit')
    await page.getByLabel('For whom').fill('nobody')
    await page.keyboard.press('Enter')
    await page.getByText('No entry is like this').waitFor()
    expect(page.url()).toContain('owner=nobody')
    await page.getByLabel('For whom').fill('')
    await page.keyboard.press('Enter')
    await page.getByText('root.replaced').first().waitFor()
    await world.visit('admin', '/issuers')
    await page.getByRole('link', { name: 'github' }).click()
    await page.getByText('https://token.actions.githubusercontent.com').waitFor()
    await page.getByText('None: no agent has a rule that trusts it.').waitFor()
  })

  it('what files own is shown with its owner, and nobody edits it here', async () => {
    const { page } = await world.visit('admin', '/scopes/api')
    await page.getByText('change it in broker.yaml and apply').waitFor()
    expect(await page.getByRole('button', { name: 'Edit' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Disable' }).waitFor()
  })

  it('a scope is added, and what is wrong with it is told at its field', async () => {
    const { page } = await world.visit('admin', '/scopes')
    await page.getByRole('button', { name: 'Add a scope' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Name').fill('orders')
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await form.getByText('is missing').first().waitFor()
    for (const [label, name] of [
      ['Root', 'canary'],
      ['Environment', 'staging'],
    ] as const) {
      await form.getByRole('combobox', { name: label }).click()
      await page.getByRole('option', { name, exact: true }).click()
    }
    await form.getByText('What a scope of http may allow').waitFor()
    const allow = form.getByLabel('What it allows')
    await allow.fill('{ "operations": ')
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await form.getByText('is not JSON').waitFor()
    await allow.fill('{ "operations": { "list": { "method": "GET" } } }')
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await form.getByText(/^operations/).waitFor()
    const right = { method: 'GET', path: '/v1/orders', access: ['read'], anchor: 'staging' }
    await allow.fill(JSON.stringify({ operations: { list: right } }))
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'orders' }).waitFor()
    await page.getByRole('link', { name: 'canary' }).waitFor()
  })

  it('what the border refuses is told where it was typed, and nothing of it is kept or said back', async () => {
    const { page } = await world.visit('admin', '/teams')
    await page.getByRole('button', { name: 'Add a team' }).click()
    const form = page.getByRole('dialog')
    const add = form.getByRole('button', { name: 'Add', exact: true })
    await form.getByLabel('Name').fill('<img src=x onerror=alert(1)>')
    await add.click()
    await form.getByText(/lower-case letters, digits/).waitFor()
    await form.getByLabel('Name').fill('evil')
    for (const [typed, said] of [
      ['fix \u202egnp.exe', /must not contain control or direction characters/],
      ['x'.repeat(10_000), /at most|too long|<=200|200/],
    ] as const) {
      await form.getByLabel('Description').fill(typed)
      await add.click()
      await form.getByText(said).waitFor()
    }
    const { items } = await world.api.broker.admin.request<{ items: { name: string }[] }>({
      method: 'GET',
      path: '/v1/teams',
    })
    expect(items.map(({ name }) => name)).toEqual(['payments'])
  })

  it('an agent is edited, invited by a token that is shown once, and disabled with its work', async () => {
    const { page } = await world.visit('admin', '/agents/shipper')
    await page.getByRole('button', { name: 'Edit' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Model').fill('some model')
    await form.getByRole('button', { name: 'Save' }).click()
    await page.getByText('some model').waitFor()
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByRole('button', { name: 'Make the token' }).click()
    const token = (await page.getByLabel('The token').textContent()) ?? ''
    expect(token.length).toBeGreaterThan(20)
    const command = (await page.getByLabel('The command').textContent()) ?? ''
    expect(command).toMatch(/^broker enroll --profile shipper --url \S+ < token$/)
    const ran = await world.api.broker.cli(command.split(' ').slice(1, -2), { stdin: token })
    expect(ran.code, ran.stderr).toBe(0)
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(await page.content()).not.toContain(token)
    await page.getByRole('button', { name: 'Disable' }).click()
    const question = page.getByRole('dialog')
    await question.getByText('Its tasks end').waitFor()
    await question.getByRole('button', { name: 'Disable' }).click()
    await page.getByText('It is disabled').waitFor()
    expect(await page.getByRole('button', { name: 'Invite' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Edit and enable' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save and enable' }).click()
    await page.getByText('It is disabled').waitFor({ state: 'hidden' })
  })

  it('a person is invited by a link, which is shown once', async () => {
    const { page } = await world.visit('admin', '/users/noa')
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByRole('button', { name: 'Make the link' }).click()
    const link = (await page.getByLabel('The link').textContent()) ?? ''
    expect(link.startsWith(world.at('/setup#'))).toBe(true)
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(await page.content()).not.toContain(link.split('#')[1])
  })

  it('an edit of what somebody else changed meanwhile is refused; what changed elsewhere is in nobody’s way', async () => {
    const put = (path: string, body: object) =>
      world.api.broker.admin.request({ method: 'PUT', path: `/v1/${path}`, body })
    const { page } = await world.visit('admin', '/agents/shipper')
    const form = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Edit' }).click()
    await form.getByLabel('Tool').fill('mine')
    await put('teams/payments', { description: 'who ships faster' })
    await put('agents/shipper', { owner: 'mia', tool: 'theirs' })
    await page.getByText('theirs').waitFor()
    await form.getByRole('button', { name: 'Save' }).click()
    await form.getByText('This changed since it was read').waitFor()
    await form.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Edit' }).click()
    // The page reads it anew by itself.
    const anew = page.waitForResponse((answer) => answer.url().endsWith('/v1/agents/shipper') && answer.ok())
    await put('teams/payments', { description: 'who ships' })
    await form.getByLabel('Tool').fill('mine')
    await anew
    await form.getByRole('button', { name: 'Save' }).click()
    await page.getByText('mine', { exact: true }).waitFor()
  })

  it('what a person has to approve waits at the form for them, and goes through by itself (I4c)', async () => {
    const { page } = await world.visit('admin', '/environments')
    await page.getByRole('button', { name: 'Add an environment' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Name').fill('vault')
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await form.getByText('A person has to approve this first').waitFor()
    const { page: inbox } = await world.visit('mia', '/approvals')
    await inbox.setViewportSize({ width: 390, height: 800 })
    await inbox.getByRole('link', { name: 'Change the configuration' }).click()
    await inbox.getByText('+ environment vault').first().waitFor()
    await inbox.getByText(/\d+:\d\d left to answer/).waitFor()
    expect(await inbox.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    await inbox.getByRole('button', { name: 'Approve with a passkey' }).click()
    await page.getByRole('heading', { level: 1, name: 'vault' }).waitFor()
    await page.getByText('protected', { exact: true }).waitFor()
    await inbox.getByText('Approved, and used.').waitFor()
    await inbox.setViewportSize({ width: 1440, height: 900 })
  })

  it('whoever is not signed in comes back to the question; what has changed since it was asked cannot be approved', async () => {
    const ask = async () => {
      const order = {
        method: 'PUT',
        path: '/v1/agents/late',
        body: { owner: 'mia', tool: 'codex <b>' },
      } as const
      return (await world.api.broker.admin.request<{ approval: { url: string } }>(order)).approval.url
    }
    const url = await ask()
    const { page } = world.people.mia
    await page.evaluate(() => globalThis['localStorage'].clear())
    await page.goto(url)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor()
    expect(page.url()).toBe(url)
    const text = (await page.locator('main').textContent()) ?? ''
    for (const part of ['+ agent late', 'codex <b>']) expect(text).toContain(part)
    const freeze = { method: 'POST', body: { environment: 'staging' } } as const
    await world.api.broker.admin.request({ ...freeze, path: '/v1/freeze' })
    await ask()
    await page.getByText('cannot be approved any more').waitFor()
    await page.getByRole('button', { name: 'Approve with a passkey' }).waitFor({ state: 'hidden' })
  })

  it('what was changed by hand in the database is told plainly', async () => {
    await world.api.sql(
      `UPDATE teams SET body = body || '{"description": "all of it"}' WHERE name = 'payments'`,
    )
    const { page } = await world.visit('mia', '/teams')
    await page.getByText('tampered', { exact: true }).first().waitFor()
    await page.getByRole('link', { name: 'payments' }).click()
    await page.getByText('It was changed by hand in the database').waitFor()
    expect(await page.getByRole('button', { name: 'Disable' }).count()).toBe(0)
  })

  it('whoever is no administrator is offered nothing that is refused', async () => {
    const { page } = await world.visit('mia', '/users')
    expect(await page.getByRole('button', { name: 'Add a user' }).count()).toBe(0)
    await page.getByRole('link', { name: 'noa' }).click()
    await page.getByRole('heading', { level: 1, name: 'noa' }).waitFor()
    for (const name of ['Invite', 'Edit', 'Disable'])
      expect(await page.getByRole('button', { name }).count(), name).toBe(0)
  })

  it('lists are filtered in the address, and walked by keyboard', async () => {
    const { page } = await world.visit('mia', '/scopes')
    await page.getByLabel('Name').fill('graph')
    await page.getByLabel('Name').press('Enter')
    await expect.poll(() => new URL(page.url()).search).toBe('?name=graph')
    await page.getByText('2 in all').waitFor()
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'cases-graph' }).waitFor()
  })
})
