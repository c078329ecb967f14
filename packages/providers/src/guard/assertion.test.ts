import { Secret } from '@credbroker/core/secret'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type GuardedProvider, guardProvider } from '../guard.ts'
import { type AnyProvider, defineProvider, type VendorIo } from '../provider.ts'
import type { AssertionOrder } from './assertion.ts'

const ARN = 'arn:aws:iam::111111111111:role/reports'
const ROOT = new Secret(JSON.stringify({ role: ARN }))

/** Says who it is by the assertion that it was given, and by the name in its root. */
const kind = (change: Partial<AnyProvider> = {}): AnyProvider =>
  defineProvider({
    kind: 'test',
    title: 'Test',
    vendor: 'test',
    form: 'postgres',
    anchor: { syntax: 'a/b', accepts: () => true },
    root: z.strictObject({ role: z.string() }),
    spec: z.strictObject({}),
    limits: { minTtlSeconds: 10, maxTtlSeconds: 3600, settleSeconds: 1, findable: true },
    inspect: async ({ role }, io) => {
      const subject = io.assert ? (await io.assert()).subject : 'nobody'
      return { reach: ['a/b'], complete: true, identity: `${subject} as ${role}`, findings: [] }
    },
    assess: async () => ({ access: ['read'], evidence: [], reach: ['a/b'], findings: [] }),
    mint: async (_root, _spec, _order, io) => {
      await io.assert?.('stranger')
      throw new TypeError('nothing to mint')
    },
    ...change,
  })

const federation = {
  audience: 'vendor.example',
  claims: ({ task }: { task: string }) => ({ 'https://vendor.example/task': task }),
}

function guarded(change: Partial<AnyProvider>) {
  const asked: AssertionOrder[] = []
  const provider = guardProvider(kind(change), {
    io: (signal): VendorIo => ({
      now: () => new Date(0),
      random: (bytes) => new Uint8Array(bytes),
      signal,
      allowPrivateUpstreams: false,
    }),
    signAssertion: async (order) => {
      asked.push(order)
      return {
        token: new Secret('signed'),
        issuer: 'https://b',
        subject: `${order.environment}/${order.root}`,
      }
    },
  })
  return { asked, provider }
}

describe('the power to assert', () => {
  it('is given for the one root that is spoken for, and the one audience that the kind declares', async () => {
    const { asked, provider } = guarded({ federation })
    const staging = provider.speakFor?.({ root: 'aws', environment: 'staging' }) as GuardedProvider
    const { identity } = await staging.inspect(ROOT)
    // What the root says is configuration: people are told its names.
    expect(identity).toBe(`staging/aws as ${ARN}`)
    expect(asked).toEqual([
      { root: 'aws', environment: 'staging', audience: 'vendor.example', as: 'root', claims: {} },
    ])
  })

  it('says whose work it is where there is a task behind it, in the vendor’s words too', async () => {
    const { asked, provider } = guarded({ federation })
    const work = { agent: 'fixer', owner: 'mia', task: 'tsk_1', environment: 'staging' }
    const order = {
      name: 'brk_d_1_f',
      ttlSeconds: 60,
      expiresAt: new Date(60_000),
      within: { anchors: ['a/b'], access: ['read'] as const },
      labels: work,
    }
    const staging = provider.speakFor?.({ root: 'aws', environment: 'staging' })
    await expect(staging?.mint(ROOT, {}, order)).rejects.toMatchObject({ code: 'internal' })
    expect(asked).toMatchObject([
      { as: 'stranger', work, claims: { 'https://vendor.example/task': 'tsk_1' } },
    ])
  })

  it('is nobody’s before a root is spoken for', async () => {
    const { asked, provider } = guarded({ federation })
    await expect(provider.inspect(ROOT)).rejects.toMatchObject({ code: 'root_unusable' })
    expect(asked).toEqual([])
  })

  it('is absent for a kind that declares no federation, and its roots stay hidden (I1)', async () => {
    const { asked, provider } = guarded({})
    expect(provider.speakFor).toBeUndefined()
    expect((await provider.inspect(ROOT)).identity).toBe('nobody as [secret]')
    expect(asked).toEqual([])
  })
})
