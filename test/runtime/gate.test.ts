import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskView } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startStaging } from '../e2e/shops.ts'
import { readAudit } from '../security/audit.ts'

vi.setConfig({ testTimeout: 60_000 })
let world: Awaited<ReturnType<typeof startStaging>>
beforeAll(async () => {
  world = await startStaging()
}, 180_000)
afterAll(() => world?.stop())

const work = { environment: 'staging', purpose: 'x', scopes: ['orders-ro'] }
const start = (scan?: object) =>
  world.agent.client.startTask({ ...work, ...(scan && { scan: scan as never }) })
const shown = async (id: string) =>
  await world.broker.admin.request<TaskView>({ method: 'GET', path: `/v1/tasks/${id}` })
const put = (text: string) =>
  world.broker.admin.request({ method: 'PUT', path: '/v1/policies/scanned', body: { text } })
const remove = () => world.broker.admin.request({ method: 'DELETE', path: '/v1/policies/scanned' })
const ONLY_SANDBOX = `@id("only-sandbox") @reason("Start it with broker exec --sandbox.")
forbid(principal, action, resource in Environment::"staging")
unless { context has scan && context.scan.sandbox };`
const ONLY_CLEAN = `@id("only-clean") @reason("Start it with broker exec, in a workspace without secrets.")
forbid(principal, action, resource in Environment::"staging")
unless { context has scan && context.scan.state == Scan::"clean" };`

describe('what a task says of stray secrets where it works', () => {
  it('is told of with the task, in the log with every reason, and in the receipt', async () => {
    const allowed = [
      { finding: 'f-1', reason: 'test data' },
      { finding: 'f-2', reason: 'it is dead' },
    ]
    const task = await start({ state: 'allowed', allowed, sandbox: true })
    expect(await shown(task.id)).toMatchObject({ scan: 'allowed', sandbox: true })
    await task.end()
    await vi.waitFor(async () => {
      const entries = await readAudit(world.broker)
      expect(
        entries.find(({ type, task: of }) => type === 'task.started' && of === task.id)?.facts,
      ).toMatchObject({
        scan: 'allowed',
        sandbox: true,
      })
      expect(
        entries
          .filter(({ type, task: of }) => type === 'finding.allowed' && of === task.id)
          .map((entry) => ({
            finding: entry.facts?.['finding'],
            reason: (entry as { reason?: string }).reason,
          })),
      ).toEqual(expect.arrayContaining(allowed))
    }, 20_000)
    const receipt = await world.broker.cli(['receipt', task.id, '--json'])
    expect(JSON.parse(receipt.stdout)).toMatchObject({
      summary: { task: { scan: 'allowed', sandbox: true, allowed_findings: allowed } },
    })
    const readable = (await world.broker.cli(['receipt', task.id])).stdout
    expect(readable).toMatch(/sandbox: +true/)
  })

  it('is nothing where its client says nothing, and is what the form allows', async () => {
    const task = await start()
    expect(await shown(task.id)).not.toHaveProperty('scan')
    await task.end()
    for (const scan of [
      { state: 'sure' },
      { sandbox: true },
      { state: 'clean', sandbox: 'yes' },
      { state: 'allowed', allowed: [] },
      { state: 'clean', allowed: [{ finding: 'f-1', reason: 'x' }] },
      { state: 'allowed', allowed: [{ finding: 'F 1', reason: 'x' }] },
      { state: 'allowed', allowed: [{ finding: 'f-1', reason: 'x', value: 'y' }] },
      {
        state: 'allowed',
        allowed: Array.from({ length: 21 }, (_, at) => ({ finding: `f-${at}`, reason: 'x' })),
      },
    ])
      await expect(start(scan)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('can be what policy asks for, of a task and of every part of it', async () => {
    await put(ONLY_CLEAN)
    try {
      for (const scan of [
        undefined,
        { state: 'off' },
        { state: 'allowed', allowed: [{ finding: 'f', reason: 'x' }] },
      ])
        await expect(start(scan)).rejects.toMatchObject({ code: 'denied' })
      const task = await start({ state: 'clean' })
      await task.credential('orders-ro')
      const child = await task.delegate({ scopes: ['orders-ro'], purpose: 'a part of it' })
      expect(await shown(child.id)).toMatchObject({ scan: 'clean' })
      await child.credential('orders-ro')
      const other = { scopes: ['orders-ro'], purpose: 'elsewhere', scan: { state: 'off' } as const }
      await expect(task.delegate(other)).rejects.toMatchObject({ code: 'denied' })
      await task.end()
    } finally {
      await remove()
    }
  })

  it('can be a sandbox that policy asks for, of a task and of every part of it', async () => {
    await put(ONLY_SANDBOX)
    try {
      for (const scan of [undefined, { state: 'clean' }, { state: 'clean', sandbox: false }])
        await expect(start(scan)).rejects.toMatchObject({ code: 'denied' })
      const task = await start({ state: 'off', sandbox: true })
      await task.credential('orders-ro')
      const child = await task.delegate({ scopes: ['orders-ro'], purpose: 'a part of it' })
      expect(await shown(child.id)).toMatchObject({ sandbox: true })
      const other = { scopes: ['orders-ro'], purpose: 'elsewhere', scan: { state: 'clean' } as const }
      await expect(task.delegate(other)).rejects.toMatchObject({ code: 'denied' })
      await task.end()
    } finally {
      await remove()
    }
  })

  it('counts at each use: a task that was not scanned loses its grants when policy begins to ask', async () => {
    const task = await start({ state: 'off' })
    await task.credential('orders-ro')
    await put(ONLY_CLEAN)
    try {
      await vi.waitFor(async () => {
        const { grants } = await shown(task.id)
        expect(grants.map(({ state }) => state)).toEqual(['ended'])
      }, 20_000)
    } finally {
      await remove()
    }
  })
})

describe('broker exec, where a secret lies', () => {
  const token = `ghp_${randomBytes(18).toString('hex')}`
  const exec = (cwd: string, ...options: string[]) =>
    world.broker.cli(
      ['exec', '--env', 'staging', '--scope', 'orders-ro', '--purpose', 'x', ...options, '--', 'echo', 'ran'],
      { profile: 'fixer', cwd, scan: true },
    )
  const started = async () =>
    (await world.broker.admin.request<{ items: TaskView[] }>({ method: 'GET', path: '/v1/tasks' })).items
  const shop = async () => {
    const directory = await mkdtemp(join(world.broker.home, 'shop-'))
    await mkdir(join(directory, '.git'))
    await mkdir(join(directory, 'src'))
    await writeFile(join(directory, 'deploy.env'), `# For the domains only!\nGITHUB_TOKEN=${token}\n`)
    return directory
  }

  it('does not start it, names file and line, and never the value', async () => {
    const directory = await shop()
    const before = (await started()).length
    const ran = await exec(join(directory, 'src'))
    expect(ran).toMatchObject({ code: 5, stdout: '' })
    expect(ran.stderr).toContain('deploy.env:2')
    expect(ran.stderr).not.toContain(token)
    expect(await started()).toHaveLength(before)
  })

  it('starts it where the finding is let pass for a reason, where nobody looks, and where it is gone, and says which', async () => {
    const directory = await shop()
    const { stderr } = await exec(directory, '--json')
    const [finding] = (JSON.parse(stderr) as { findings: { id: string }[] }).findings
    const { id } = finding ?? { id: '' }
    expect((await exec(directory, '--allow-finding', id)).code).toBe(2)
    expect(await exec(directory, '--allow-finding', id, '--reason', 'test data')).toMatchObject({
      code: 0,
      stdout: 'ran\n',
    })
    expect((await exec(directory, '--no-scan')).code).toBe(0)
    await writeFile(join(directory, 'deploy.env'), '')
    expect((await exec(directory)).code).toBe(0)
    expect((await started()).slice(0, 3).map(({ scan }) => scan)).toEqual(['clean', 'off', 'allowed'])
  })
})
