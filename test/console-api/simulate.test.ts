import type { Impact, PolicyFinding, Simulation } from '@credbroker/core/wire/simulate'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectRefused } from '../security/desk.ts'
import { type ObjectsDesk, startObjectsDesk } from './objects-desk.ts'

vi.setConfig({ testTimeout: 60_000 })

let desk: ObjectsDesk
beforeAll(async () => {
  desk = await startObjectsDesk()
}, 180_000)
afterAll(() => desk?.world.stop())

const ask = (path: string, body: object) => desk.asAdmin({ method: 'POST', path: `/v1/${path}`, body })
async function told<Answer>(path: string, body: object): Promise<Answer> {
  const { status, text, body: said } = await ask(path, body)
  expect({ status, text: text.slice(0, 500) }).toMatchObject({ status: 200 })
  return said as unknown as Answer
}
const question = { agent: 'fixer', scope: 'orders-rw', environment: 'staging' }
const NOBODY =
  '@id("nobody-writes") @reason("Not now.") forbid(principal, action in Action::"write", resource);'
const draftOf = (...policies: { name: string; text: string | null }[]) => ({ policies })

describe('POST /v1/simulate', () => {
  it('looks at drafts up to a size, so that nobody who may only look keeps the broker busy', async () => {
    const half = { text: `// ${'x'.repeat(33_000)}\n${NOBODY}` }
    const draft = draftOf({ name: 'one.cedar', ...half }, { name: 'two.cedar', ...half })
    for (const [path, body] of [
      ['simulate', { ...question, draft }],
      ['simulate/impact', { draft }],
      ['policies/check', draft],
    ] as const)
      expectRefused(await ask(path, body), 'invalid_request', 'xxxx')
  })

  it('says what is decided, level by level, and only of the levels that were asked about', async () => {
    const all = await told<Simulation>('simulate', question)
    expect(all.verdict).toBe('permit')
    expect(all.decisions.map(({ access }) => access)).toEqual(['read', 'write'])
    const one = await told<Simulation>('simulate', { ...question, access: ['read'] })
    expect(one.decisions).toEqual([all.decisions[0]])
    const more = await told<Simulation>('simulate', { ...question, access: ['read', 'admin'] })
    expect(more.verdict).toBe('deny')
    expect(more.decisions[1]).toMatchObject({ access: 'admin', verdict: 'deny', policies: [] })
    expect(more).not.toHaveProperty('draft')
  })

  it('decides again under a draft, which then is forgotten', async () => {
    const draft = draftOf({ name: 'nobody.cedar', text: NOBODY })
    const both = await told<Simulation>('simulate', { ...question, draft })
    expect(both.verdict).toBe('permit')
    expect(both.draft).toMatchObject({
      verdict: 'deny',
      decisions: [
        { access: 'read', verdict: 'permit' },
        { access: 'write', verdict: 'deny', policies: ['nobody-writes'], reasons: ['Not now.'] },
      ],
    })
    const without = await told<Simulation>('simulate', {
      ...question,
      draft: draftOf({ name: 'staging.cedar', text: null }),
    })
    expect(without.draft?.decisions.map(({ policies }) => policies)).toEqual([
      ['guardrail:deny-by-default'],
      ['guardrail:deny-by-default'],
    ])
    expect(await told<Simulation>('simulate', question)).toMatchObject({ verdict: 'permit' })
    const names = (await desk.get('policies'))['items'] as { name: string }[]
    expect(names.map(({ name }) => name)).not.toContain('nobody.cedar')
  })

  it('a draft that does not hold is refused, with its line and column', async () => {
    const draft = draftOf(
      { name: 'fine.cedar', text: 'permit(principal, action, resource);' },
      { name: 'wrong.cedar', text: 'permit(principal, action, resource)\nwhen { resource.colour == 1 };' },
    )
    for (const [path, body] of [
      ['simulate', { ...question, draft }],
      ['simulate/impact', { draft }],
    ] as const) {
      const answer = await ask(path, body)
      expectRefused(answer, 'invalid_request')
      expect(answer.body).toMatchObject({
        problems: [{ at: 'draft.policies[1].text', message: expect.stringMatching(/^line 2, column 8: /) }],
      })
    }
    const unknown = { ...question, draft: draftOf({ name: 'no-such.cedar', text: null }) }
    expect((await ask('simulate', unknown)).body).toMatchObject({
      code: 'invalid_request',
      problems: [{ at: 'draft.policies[0].name' }],
    })
    const twice = draftOf({ name: 'a', text: NOBODY }, { name: 'a', text: NOBODY })
    expect((await ask('simulate', { ...question, draft: twice })).body).toMatchObject({
      problems: [{ at: 'draft.policies[1].name' }],
    })
    // The id of another policy, which is not in the draft.
    const taken = draftOf({ name: 'a', text: NOBODY.replace('nobody-writes', 'staging-read-write') })
    expectRefused(await ask('simulate', { ...question, draft: taken }), 'invalid_request')
  })

  it('what nobody has, what is minted and not called, and what is no draft at all', async () => {
    expectRefused(await ask('simulate', { ...question, agent: 'stranger' }), 'not_found')
    expectRefused(await ask('simulate', { ...question, environment: 'production' }), 'environment_mismatch')
    expect((await ask('simulate', { ...question, operation: 'railway:volumeDelete' })).body).toMatchObject({
      code: 'invalid_request',
      problems: [{ at: 'operation' }],
    })
    for (const draft of [
      {},
      { policies: [] },
      draftOf({ name: '../x', text: '' }),
      draftOf({ name: 'x', text: 'x'.repeat(70_000) }),
      draftOf(...Array.from({ length: 101 }, (_, i) => ({ name: `p${i}`, text: '' }))),
    ])
      expectRefused(await ask('simulate', { ...question, draft }), 'invalid_request')
    const deep = `permit(principal, action, resource) when { ${'('.repeat(5_000)} true ${')'.repeat(5_000)} };`
    expectRefused(
      await ask('simulate', { ...question, draft: draftOf({ name: 'x', text: deep }) }),
      'invalid_request',
    )
    expect(await told<Simulation>('simulate', question)).toMatchObject({ verdict: 'permit' })
  })
})

describe('POST /v1/policies/check', () => {
  const check = async (...policies: { name: string; text: string | null }[]) =>
    (await told<{ findings: PolicyFinding[] }>('policies/check', { policies })).findings

  it('finds what is wrong, with its place, and stores nothing', async () => {
    expect(await check({ name: 'new.cedar', text: NOBODY })).toEqual([])
    expect(await check({ name: 'new.cedar', text: 'permit(principal, action,\n   ressource);' })).toEqual([
      { level: 'error', policy: 'new.cedar', line: 2, column: 4, message: expect.any(String) },
    ])
    expect(
      await check({ name: 'new.cedar', text: 'permit(principal, action, resource) when { false };' }),
    ).toEqual([expect.objectContaining({ level: 'warning', policy: 'new.cedar', line: 1, column: 1 })])
    const taken = {
      name: 'new.cedar',
      text: '@id("staging-read-write") permit(principal, action, resource);',
    }
    expect(await check(taken)).toMatchObject([{ level: 'error', line: 1 }])
    expect(await check(taken, { name: 'staging.cedar', text: null })).toEqual([])
    const names = (await desk.get('policies'))['items'] as { name: string }[]
    expect(names.map(({ name }) => name)).not.toContain('new.cedar')
  })
})

describe('POST /v1/simulate/impact', () => {
  const impact = (...policies: { name: string; text: string | null }[]) =>
    told<Impact>('simulate/impact', { draft: { policies } })
  const change = (agent: string, scope: string, access: string, from: string, to: string) => ({
    agent,
    scope,
    environment: 'staging',
    access,
    from,
    to,
  })

  it('lists whose verdict would be another, as their tasks would be decided', async () => {
    // A minted scope is given whole or not at all: without writing there is no reading of it either.
    expect(await impact({ name: 'nobody.cedar', text: NOBODY })).toMatchObject({
      truncated: false,
      changes: ['fixer', 'other'].flatMap((agent) => [
        change(agent, 'orders-rw', 'read', 'permit', 'deny'),
        change(agent, 'orders-rw', 'write', 'permit', 'deny'),
      ]),
    })
    const asks =
      '@id("asks") @approval("passkey") forbid(principal == Agent::"fixer", action == Action::"read", resource == Scope::"orders-ro") unless { context has approval };'
    expect((await impact({ name: 'asks.cedar', text: asks })).changes).toEqual([
      change('fixer', 'orders-ro', 'read', 'permit', 'approval'),
    ])
    expect((await impact({ name: 'staging.cedar', text: null })).changes).toHaveLength(6)
  })

  it('a comment changes nothing, and neither does a permit for what guardrails forbid', async () => {
    expect((await impact({ name: 'note.cedar', text: '// nothing' })).changes).toEqual([])
    const all = 'permit(principal, action, resource);'
    expect((await impact({ name: 'all.cedar', text: all })).changes).toEqual([])
  })

  it('says no more than 500 changes, and that there are more', async () => {
    const config = {
      version: 1,
      environments: { staging: {} },
      users: { mia: { roles: ['operator'] } },
      agents: Object.fromEntries(Array.from({ length: 260 }, (_, i) => [`many-${i}`, { owner: 'mia' }])),
    }
    await desk.applied((text) =>
      text.replace(
        'agents:\n',
        `agents:\n${Object.keys(config.agents)
          .map((name) => `  ${name}: { owner: mia }\n`)
          .join('')}`,
      ),
    )
    const answer = await impact({ name: 'staging.cedar', text: null })
    expect(answer.changes).toHaveLength(500)
    expect(answer.truncated).toBe(true)
    await desk.applied()
  })
})
