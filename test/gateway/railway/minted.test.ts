import type { LeaseView } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RailwayWorld, startRailwayWorld } from './world.ts'

let world: RailwayWorld
beforeAll(async () => {
  world = await startRailwayWorld({ minter: true })
}, 180_000)
afterAll(() => world?.stop())

const start = (...scopes: string[]) =>
  world.fixer.client.startTask({ environment: 'staging', purpose: 'x', scopes })
type Task = Awaited<ReturnType<typeof start>>

async function call(task: Task, scope: string, query: string): Promise<string> {
  try {
    const answer = await task.fetch(scope, '/graphql/v2', { method: 'POST', body: { query } })
    return (await answer.text()).includes('"errors"') ? 'refused by the vendor' : 'done'
  } catch (error) {
    return String((error as { code?: string }).code ?? error)
  }
}
const stop = (task: Task, scope: string, id: string) =>
  call(task, scope, `mutation { deploymentStop(id: "${id}") }`)

/** Names of the tokens that are the broker's, alive at the vendor. */
const alive = () =>
  world.vendor.state.tokens.map(({ name }) => name).filter((name) => name.startsWith('brk_'))

describe('calls with project tokens that the broker makes of a root that spans', () => {
  it('are sent with a token of the environment, which dies with its task (I2, I7, I8)', async () => {
    const { vendor, ids } = world
    const task = await start('minted-staging')
    vendor.forget()
    expect(await stop(task, 'minted-staging', ids.stagingDeployment)).toBe('done')
    const [name] = alive()
    expect(vendor.state.tokens.find((each) => each.name === name)?.at).toMatchObject({
      projectId: ids.project,
      environmentId: ids.staging,
    })
    // What finds out where it lies is asked with the same token as what is done there.
    const about = vendor.understood.filter(({ field }) => field.startsWith('deployment'))
    expect(new Set(about.map(({ token }) => token))).toEqual(new Set([name]))
    expect(await stop(task, 'minted-staging', ids.productionDeployment)).toBe('call_unresolved')
    expect(alive()).toEqual([name])
    // Nothing at Railway ends it, so no time is named by which it is dead.
    const listed = await world.broker.cli(['lease', 'list', '--json', '--task', task.id])
    const [lease] = (JSON.parse(listed.stdout) as { items: LeaseView[] }).items
    expect(lease).toMatchObject({ provider: 'railway-project-token', state: 'active' })
    expect(lease).not.toHaveProperty('dead_by')
    const told = await world.broker.cli(['lease', 'list', '--task', task.id])
    expect(told.stdout).toContain('when the broker ends it')
    await task.end()
    await vi.waitFor(() => expect(alive()).toEqual([]), { timeout: 20_000 })
  })

  it('are sent with another token after Railway forgot the first, and with the same where something else was not there', async () => {
    const { vendor, ids } = world
    const task = await start('minted-staging')
    const ask = () => stop(task, 'minted-staging', ids.stagingDeployment)
    expect(await ask()).toBe('done')
    const first = alive()
    expect(await stop(task, 'minted-staging', ids.nobody)).toBe('call_unresolved')
    expect([await ask(), alive()]).toEqual(['done', first])

    vendor.state.tokens = vendor.state.tokens.filter(({ name }) => !first.includes(name))
    // The call that was refused is not sent again; the next one is sent with a token that lives.
    expect([await ask(), await ask()]).toEqual(['call_unresolved', 'done'])
    expect(alive()).toHaveLength(1)
    expect(alive()).not.toEqual(first)
    await task.end()
    await vi.waitFor(() => expect(alive()).toEqual([]), { timeout: 20_000 })
  })

  it('reach no other environment, whatever moves between the look and the call (I2)', async () => {
    const { vendor, ids } = world
    const task = await start('minted-staging', 'railway-staging')
    const deployment = vendor.state.deployments.find(({ id }) => id === ids.stagingDeployment)
    if (!deployment) throw new Error('no deployment')
    const isDone = () => vendor.understood.at(-1)?.field === 'deploymentStop'
    const moved = Object.defineProperty({ ...deployment, deploymentStopped: false }, 'environmentId', {
      get: () => (isDone() ? ids.production : ids.staging),
    })
    vendor.state.deployments = [moved]
    expect(await stop(task, 'minted-staging', ids.stagingDeployment)).toBe('refused by the vendor')
    expect(moved.deploymentStopped).toBe(false)
    // The account token of the other scope has no such border.
    expect(await stop(task, 'railway-staging', ids.stagingDeployment)).toBe('done')
    expect(moved.deploymentStopped).toBe(true)
    await task.end()
  })

  it('are never handed out: neither by the scope, nor by one without the gateway (I3)', async () => {
    const { broker, ids } = world
    const task = await start('minted-staging')
    await expect(task.credential('minted-staging')).rejects.toMatchObject({ code: 'gateway_only' })
    await task.end()
    const config = {
      version: 1,
      environments: {
        staging: { tier: 'standard', anchors: [{ vendor: 'railway', id: `${ids.project}/${ids.staging}` }] },
      },
      users: { mia: { roles: ['operator'] } },
      roots: {
        minter: {
          provider: 'railway-project-token',
          owner: 'mia',
          secret: `file:${broker.home}/minter.json`,
        },
      },
      scopes: { out: { root: 'minter', environment: 'staging', allow: { projects: [ids.project] } } },
    }
    await expect(
      broker.admin.request({ method: 'POST', path: '/v1/plan', body: { config } }),
    ).rejects.toMatchObject({
      code: 'config_invalid',
      problems: [
        { at: expect.stringContaining('scopes.out'), message: expect.stringContaining('connector: railway') },
      ],
    })
    expect(alive()).toEqual([])
  })
})
