import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Approver, approvers } from '../../harness/approver.ts'
import type { Identity } from '../../harness/broker.ts'
import { volumeIn } from '../../harness/railway/state.ts'
import { type Answer, send, tokenOf } from '../../security/wire.ts'
import { type RailwayWorld, startRailwayWorld } from './world.ts'

/** Restored in a test, under an authority that no agent has. */
const RECOVERY = {
  backups: 'nightly dump to another cloud',
  authority: 'platform team, hardware keys',
  separateAuthority: true,
  lastRestoreTest: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10),
}

let world: RailwayWorld
let people: Readonly<Record<'mia' | 'noa' | 'ben', Approver>>
beforeAll(async () => {
  world = await startRailwayWorld({ recovery: RECOVERY })
  people = await approvers(world.broker, 'mia', 'noa', 'ben')
}, 180_000)
afterAll(() => world?.stop())

/** A task with one scope, called with the raw requests of whoever has its token and key. */
async function startTask(agent: Identity, environment: string, scope: string) {
  const { broker, ids } = world
  const started = await send(broker, {
    method: 'POST',
    path: '/v1/tasks',
    key: agent.key,
    token: await tokenOf(broker, agent),
    body: { environment, purpose: 'clean up', scopes: [scope] },
  })
  const { access_token: token } = (started.body['token'] ?? {}) as { access_token?: string }
  if (token === undefined) throw new Error(started.text)
  const call = (query: string, approval?: string): Promise<Answer> =>
    send(broker, {
      method: 'POST',
      path: `/gateway/${scope}/graphql/v2`,
      key: agent.key,
      token,
      body: { query },
      ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
    })
  const remove = (volume: string, approval?: string) =>
    call(`mutation { volumeDelete(volumeId: "${volume}") }`, approval)
  return { call, remove, ids }
}
const asked = ({ status, headers, text }: Answer): string => {
  const id = headers.get('broker-approval')
  if (status !== 202 || id === null) throw new Error(`nobody was asked: ${status} ${text}`)
  return id
}

describe('a volume of staging', () => {
  it('waits for a person, who sees its backups; then exactly it is gone, once (I4, I5)', async () => {
    const { vendor, fixer, ids } = world
    const { remove, call } = await startTask(fixer, 'staging', 'railway-staging')
    vendor.forget()
    const id = asked(await remove(ids.stagingVolume))
    expect(vendor.changes).toEqual([])

    const shown = await people.noa.question(id)
    expect(shown).toMatchObject({
      kind: 'call',
      level: 'passkey',
      environment: 'staging',
      work: { agent: 'fixer', scope: 'railway-staging' },
      requests: [
        {
          operations: [{ name: 'volumeDelete', arguments: { volumeId: ids.stagingVolume } }],
          access: ['delete'],
          erases: ['primary', 'backup'],
          environments: ['staging'],
          anchors: [`${ids.project}/${ids.staging}`],
          facts: {
            volumes: ['orders-staging'],
            backupCount: 2,
            newestBackup: '2026-04-21T03:00:00.000Z',
            backupsDieWithIt: true,
          },
        },
      ],
    })
    expect((await remove(ids.stagingVolume, id)).code).toBe('approval_required')
    expect((await people.noa.answer(id)).status).toBe(200)

    // For nothing else: another volume, one of production, another call to the same.
    expect((await remove(ids.scratchVolume, id)).code).toBe('approval_invalid')
    expect((await remove(ids.productionVolume, id)).code).toBe('call_unresolved')
    const other = await call(`mutation { gone: volumeDelete(volumeId: "${ids.stagingVolume}") }`, id)
    expect(other.code).toBe('approval_invalid')
    expect(vendor.changes).toEqual([])

    expect((await remove(ids.stagingVolume, id)).body).toEqual({ data: { volumeDelete: true } })
    expect(vendor.changes).toEqual([
      {
        root: 'mutation',
        field: 'volumeDelete',
        arguments: { volumeId: ids.stagingVolume },
        token: 'custom domains',
      },
    ])
    expect(volumeIn(vendor.state, ids.stagingVolume)).toBe('gone, and its backups with it')
    expect(volumeIn(vendor.state, ids.scratchVolume)).toContain('nothing of worth')
    expect(volumeIn(vendor.state, ids.productionVolume)).toBe('orders-production: 5000 orders, 5 backups')

    const again = await remove(ids.stagingVolume, id)
    expect(['approval_invalid', 'call_unresolved']).toContain(again.code)
    expect(vendor.changes).toHaveLength(1)
  })

  it('an approval dies when there is a backup more than was shown (I4)', async () => {
    const { vendor, fixer, ids } = world
    const { remove } = await startTask(fixer, 'staging', 'railway-staging')
    const id = asked(await remove(ids.scratchVolume))
    expect((await people.mia.answer(id)).status).toBe(200)
    vendor.forget()
    vendor.state.backups.push({
      id: ids.nobody,
      name: 'made meanwhile',
      createdAt: '2026-05-01T00:00:00.000Z',
      volumeInstanceId: ids.scratchInstance,
      expiresAt: null,
    })
    expect((await remove(ids.scratchVolume, id)).code).toBe('approval_invalid')
    expect(vendor.changes).toEqual([])
  })

  it('what can be done again needs another approval again', async () => {
    const { vendor, fixer, ids } = world
    const { call } = await startTask(fixer, 'staging', 'railway-staging')
    const input = `{projectId: "${ids.project}", environmentId: "${ids.staging}", serviceId: "${ids.api}", name: "STRIPE_KEY", value: "VALUE"}`
    const set = (value: string, approval?: string) =>
      call(`mutation { variableUpsert(input: ${input.replace('VALUE', value)}) }`, approval)
    const id = asked(await set('sk_test_new'))
    expect((await people.noa.answer(id)).status).toBe(200)
    vendor.forget()
    expect((await set('sk_test_other', id)).code).toBe('approval_invalid')
    const twice = await Promise.all([set('sk_test_new', id), set('sk_test_new', id)])
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 403])
    expect((await set('sk_test_new', id)).code).toBe('approval_invalid')
    expect(vendor.changes).toHaveLength(1)
  })

  it('what a person denies is not done, and not asked again in this task', async () => {
    const { vendor, fixer, ids } = world
    const { remove } = await startTask(fixer, 'staging', 'railway-staging')
    vendor.forget()
    const id = asked(await remove(ids.scratchVolume))
    expect((await people.ben.answer(id, { verdict: 'deny' })).status).toBe(200)
    expect((await remove(ids.scratchVolume, id)).code).toBe('approval_denied')
    expect((await remove(ids.scratchVolume)).code).toBe('approval_denied')
    expect(vendor.changes).toEqual([])
  })
})

describe('a volume of production, which is protected, with its backups (I5)', () => {
  it('takes two people, neither of them the owner of the agent, and is then done once', async () => {
    const { vendor, oncall, ids } = world
    const { remove } = await startTask(oncall, 'production', 'railway-live')
    vendor.forget()
    const id = asked(await remove(ids.productionVolume))
    expect(await people.noa.question(id)).toMatchObject({
      level: 'two-person',
      environment: 'production',
      loss: { backups: RECOVERY.backups, authority: RECOVERY.authority },
      requests: [{ facts: { backupCount: 5, backupsDieWithIt: true } }],
    })
    expect((await people.mia.answer(id)).code).toBe('approval_not_yours')
    expect((await people.noa.answer(id)).status).toBe(200)
    expect((await people.noa.answer(id)).code).toBe('approval_not_yours')
    expect((await remove(ids.productionVolume, id)).code).toBe('approval_required')
    expect(vendor.changes).toEqual([])

    expect((await people.ben.answer(id)).status).toBe(200)
    expect((await remove(ids.productionVolume, id)).body).toEqual({ data: { volumeDelete: true } })
    expect(vendor.changes).toHaveLength(1)
    expect(volumeIn(vendor.state, ids.productionVolume)).toBe('gone, and its backups with it')
  })
})
