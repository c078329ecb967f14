import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { APPROVAL } from './approval.ts'
import { GRANT } from './grant.ts'
import { LEASE } from './lease.ts'
import { next, sourcesOf, type Transitions } from './state-machine.ts'
import { TASK } from './task.ts'

type AnyMachine = Transitions<string, string>

/** Every sequence of events, from a state, with those that are impossible left out. */
const walk = (machine: AnyMachine, from: string, events: readonly string[]): string[] => {
  const path = [from]
  for (const event of events)
    path.push(next(machine, path.at(-1) as string, event) ?? (path.at(-1) as string))
  return path
}

describe.each([
  { name: 'task', machine: TASK as AnyMachine, start: ['active'], final: ['ended'], events: ['end'] },
  {
    name: 'grant',
    machine: GRANT as AnyMachine,
    start: ['pending', 'active'],
    final: ['denied', 'ended'],
    events: ['approve', 'deny', 'end'],
  },
  {
    name: 'approval',
    machine: APPROVAL as AnyMachine,
    start: ['pending'],
    final: ['denied', 'used', 'expired', 'cancelled'],
    events: ['approve', 'deny', 'use', 'expire', 'cancel'],
  },
  {
    name: 'lease',
    machine: LEASE as AnyMachine,
    start: ['reserved'],
    final: ['ended'],
    events: ['activate', 'revoke', 'bury'],
  },
])('the states of a $name', ({ machine, start, final, events }) => {
  const anyPath = fc.tuple(fc.constantFrom(...start), fc.array(fc.constantFrom(...events), { maxLength: 20 }))

  it('I3: nothing final comes back to life, whatever happens', () => {
    fc.assert(
      fc.property(anyPath, ([from, steps]) => {
        const path = walk(machine, from, steps)
        const died = path.findIndex((state) => final.includes(state))
        if (died >= 0) expect(new Set(path.slice(died)).size).toBe(1)
      }),
    )
  })

  it('an end can be reached from everywhere', () => {
    for (const from of Object.keys(machine)) {
      const reachable = new Set([from])
      for (const state of reachable)
        for (const to of Object.values(machine[from === state ? from : state] ?? {}))
          if (to) reachable.add(to)
      expect([...reachable].some((state) => final.includes(state))).toBe(true)
    }
  })

  it('the sources of an event are exactly the states it is possible in', () => {
    for (const event of events) {
      for (const state of Object.keys(machine)) {
        expect(sourcesOf(machine, event).includes(state)).toBe(next(machine, state, event) !== undefined)
      }
    }
  })
})

describe('the states of a lease', () => {
  it('I7: a lease ends only by way of revoking, so a credential that may exist is always looked for', () => {
    expect(sourcesOf(LEASE, 'bury')).toEqual(['revoking'])
  })
  it('I8: a lease that is being revoked never becomes active again', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('activate', 'revoke', 'bury'), { maxLength: 20 }), (steps) => {
        expect(walk(LEASE as AnyMachine, 'revoking', steps)).not.toContain('active')
      }),
    )
  })
})
