import { expect, it } from 'vitest'
import { APPROVAL_STATES, type Approval, stateAt } from '../../domain/approval.ts'
import type { Caller } from '../identity/caller.ts'
import { besideApprovals } from './beside-approvals.ts'
import { listApprovals } from './find-approvals.ts'

const MACS = {
  mac: () => 'ours',
  matches: (_domain: string, _message: string, mac: string) => mac === 'ours',
}
const approver = { kind: 'user', via: 'session', name: 'mia', roles: ['approver'] } as unknown as Caller

const question = (at: number, change: object = {}) =>
  ({
    id: `apr_${at}`,
    state: 'pending',
    level: 'passkey',
    subject: { kind: 'scope' },
    work: { grant: `grt_${at}`, owner: 'ada' },
    requester: 'agent:fixer',
    answers: [],
    endsAt: '2030-01-01T00:00:00.000Z',
    usableUntil: null,
    ...change,
  }) as unknown as Approval

function world() {
  const asked: string[] = []
  return {
    asked,
    deps: {
      macs: MACS,
      config: {
        current: async () => {
          asked.push('config')
          return { snapshot: { user: () => undefined } }
        },
      },
      passkeys: {
        list: async () => {
          asked.push('passkeys')
          return []
        },
      },
      approvals: {
        minted: async (grants: readonly string[]) => {
          asked.push('minted')
          return new Map(grants.slice(0, 1).map((grant) => [grant, 3]))
        },
      },
    } as unknown as Parameters<typeof besideApprovals>[0],
  }
}

it('a hundred questions are looked at with as many readings as one', async () => {
  const { asked, deps } = world()
  const all = Array.from({ length: 100 }, (_, at) => question(at))
  const beside = await besideApprovals(deps)(approver, all)
  expect(asked.sort()).toEqual(['config', 'minted', 'passkeys'])
  expect(all.slice(0, 2).map(beside)).toEqual([
    { minted: 3, notYours: undefined },
    { minted: 0, notYours: undefined },
  ])
})

it('what does not wait is nobody’s to answer and needs no reading; who may not answer is told why', async () => {
  const { asked, deps } = world()
  const call = question(1, { state: 'used', subject: { kind: 'call' } })
  expect((await besideApprovals(deps)(approver, [call]))(call).notYours).toBeUndefined()
  expect(asked).toEqual([])
  const viewer = { ...approver, roles: ['viewer'] } as unknown as Caller
  const own = question(1)
  expect((await besideApprovals(deps)(viewer, [own]))(own).notYours).toMatch(/role approver/)
})

it('a row that is not ours is not shown and ends no list (I13)', async () => {
  const rows = [question(3), question(2), question(1)].map((body, at) => ({
    body,
    mac: at === 2 ? 'x' : 'ours',
  }))
  const deps = {
    macs: MACS,
    clock: { now: () => new Date('2029-01-01') },
    approvals: { list: async () => rows },
  } as unknown as Parameters<typeof listApprovals>[0]
  const { items, next } = await listApprovals(deps)(approver, { limit: 3 })
  expect(items.map(({ id }) => id)).toEqual(['apr_3', 'apr_2'])
  expect(next).toBe('apr_1')
})

it('only what waits or may be used is over by its time', () => {
  const [before, after] = [new Date('2029-12-31'), new Date('2030-01-01')]
  for (const state of APPROVAL_STATES) {
    const one = question(1, { state })
    expect(stateAt(one, before)).toBe(state)
    expect(stateAt(one, after)).toBe(state === 'pending' || state === 'approved' ? 'expired' : state)
  }
})
