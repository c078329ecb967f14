import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvers } from '../../harness/approver.ts'
import { shop } from '../../harness/railway/shop.ts'
import { volumeIn } from '../../harness/railway/state.ts'
import { auditHas } from '../../security/audit.ts'
import { send, tokenOf } from '../../security/wire.ts'
import { sendRaw } from '../raw.ts'
import { destroying } from './variants.ts'
import { type RailwayWorld, startRailwayWorld } from './world.ts'

let world: RailwayWorld
let task: { readonly id: string; readonly token: string }
beforeAll(async () => {
  world = await startRailwayWorld()
  task = await startTask(['railway-staging'])
}, 180_000)
afterAll(() => world?.stop())

async function startTask(scopes: readonly string[], agent = world.fixer, environment = 'staging') {
  const { broker } = world
  const { body, text } = await send(broker, {
    method: 'POST',
    path: '/v1/tasks',
    key: agent.key,
    token: await tokenOf(broker, agent),
    body: { environment, purpose: 'fix the flaky checkout test', scopes },
  })
  const started = body as unknown as { task?: { id: string }; token?: { access_token: string } }
  if (!started.task || !started.token) throw new Error(text)
  return { id: started.task.id, token: started.token.access_token }
}

const names = Object.keys(destroying(shop().ids))

describe('a task of staging that found its way to a root of the whole account (I2, I5)', () => {
  it.each(names)('cannot destroy production: %s', async (name) => {
    const { vendor, broker, fixer, ids } = world
    const variant = destroying(ids)[name]
    if (!variant) throw new Error('no such variant')
    const before = JSON.stringify(vendor.state)
    vendor.forget()
    const answer = await sendRaw(
      broker,
      { key: fixer.key, token: task.token, scope: 'railway-staging' },
      { ...variant, verdict: 'framing' },
    )
    expect(answer.body).toContain(`"code":"${variant.code}"`)
    expect(vendor.changes).toEqual([])
    expect(JSON.stringify(vendor.state)).toBe(before)
    // What the vendor was asked to find out carries our words only.
    for (const { field } of vendor.understood)
      expect(['project', 'environment', 'service', 'volumeInstance', 'volumeInstanceBackupList']).toContain(
        field,
      )
  })

  it('what is elsewhere, foreign or nowhere is answered with the same words', async () => {
    const { broker, fixer, ids } = world
    const bodies = []
    for (const name of [
      'volumeDelete with an id of production',
      'a volume of somebody else',
      'a volume that does not exist',
    ]) {
      const variant = destroying(ids)[name]
      if (!variant) throw new Error('no such variant')
      const signed = { key: fixer.key, token: task.token, scope: 'railway-staging' }
      const { status, body } = await sendRaw(broker, signed, { ...variant, verdict: 'framing' })
      const { request_id: _, ...same } = JSON.parse(body)
      bodies.push({ status, ...same })
    }
    expect(bodies[1]).toEqual(bodies[0])
    expect(bodies[2]).toEqual(bodies[0])
  })

  it('is in the audit log with what it tried, and production is as it was (I6)', async () => {
    const { broker, vendor, ids } = world
    const tried = (operation: string, refused: string) =>
      auditHas(
        broker,
        ({ type, code, task: id, facts }) =>
          type === 'gateway.denied' &&
          code === refused &&
          id === task.id &&
          facts?.['operation'] === operation,
      )
    await tried('volumeDelete', 'call_unresolved')
    await tried('environmentPatchCommit', 'call_unresolved')
    expect(volumeIn(vendor.state, ids.productionVolume)).toBe('orders-production: 5000 orders, 5 backups')
  })

  it('gets on with its own work', async () => {
    const { broker, fixer, vendor, ids } = world
    vendor.forget()
    const answer = await send(broker, {
      method: 'POST',
      path: '/gateway/railway-staging/graphql/v2',
      key: fixer.key,
      token: task.token,
      body: { query: `mutation { stop: deploymentStop(id: "${ids.stagingDeployment}") }` },
    })
    expect(answer.body).toEqual({ data: { stop: true } })
    expect(vendor.changes).toEqual([
      {
        root: 'mutation',
        field: 'deploymentStop',
        arguments: { id: ids.stagingDeployment },
        token: 'custom domains',
      },
    ])
  })
})

describe('a project token as a root', () => {
  it('belongs to its one environment, goes in its own header, and reaches nothing else', async () => {
    const { broker, fixer, vendor, tokens, ids } = world
    const own = await startTask(['deploys-staging'])
    const call = (query: string) =>
      send(broker, {
        method: 'POST',
        path: '/gateway/deploys-staging/graphql/v2',
        key: fixer.key,
        token: own.token,
        body: { query },
      })
    vendor.forget()
    const stopped = await call(`mutation { deploymentStop(id: "${ids.stagingDeployment}") }`)
    expect(stopped.body).toEqual({ data: { deploymentStop: true } })
    expect(vendor.changes).toMatchObject([{ field: 'deploymentStop', token: 'deploys of staging' }])
    for (const hit of vendor.upstream.hits) {
      expect(hit.header('project-access-token')).toBe(tokens.project.secret)
      expect(hit.header('authorization')).toBeUndefined()
    }
    expect((await call(`{ environment(id: "${ids.production}") { name } }`)).code).toBe('call_unresolved')
  })
})

describe('production, which is protected, with no restore-tested backup on record (I5)', () => {
  it('calls nothing before there is an approver, and then asks nobody: it is denied', async () => {
    const { broker, oncall, vendor, ids } = world
    const own = await startTask(['railway-live'], oncall, 'production')
    const remove = () =>
      send(broker, {
        method: 'POST',
        path: '/gateway/railway-live/graphql/v2',
        key: oncall.key,
        token: own.token,
        body: { query: `mutation { volumeDelete(volumeId: "${ids.productionVolume}") }` },
      })
    vendor.forget()
    expect((await remove()).code).toBe('protected_without_approver')
    await approvers(broker, 'mia', 'noa', 'ben')
    expect(await remove()).toMatchObject({
      code: 'denied',
      body: { detail: expect.stringMatching(/restored in a test/) },
    })
    expect(vendor.changes).toEqual([])
  })
})
