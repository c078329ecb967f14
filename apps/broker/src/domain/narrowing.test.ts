import { ACCESS, type Access, sortAccess } from '@credbroker/core/access'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Authority, handOn, isWithin, type ScopeAuthority, type Wanted } from './narrowing.ts'

// Few of everything, so that unrelated authorities are often comparable.
const names = fc.constantFrom('orders', 'reports', '__proto__')
const time = fc.integer({ min: 0, max: 4 })
const levels = fc.subarray([...ACCESS]).chain((some) => fc.shuffledSubarray(some, { minLength: some.length }))
const bounds = fc.dictionary(fc.constantFrom('calls', 'ttl', 'toString'), fc.integer({ min: 0, max: 2 }), {
  noNullPrototype: true,
})
const scope = fc.record<ScopeAuthority>({ access: levels, endsAt: time, atMost: bounds })
const mapOf = <Value>(value: fc.Arbitrary<Value>) =>
  fc.uniqueArray(fc.tuple(names, value), { selector: ([name]) => name }).map((pairs) => new Map(pairs))
const authority = fc.record<Authority>({
  environment: fc.constantFrom('staging', 'production'),
  scopes: mapOf(scope),
  endsAt: time,
  delegations: fc.integer({ min: 0, max: 4 }),
})
const wanted: fc.Arbitrary<Wanted> = fc.record(
  {
    scopes: mapOf(fc.record({ access: levels, endsAt: time, atMost: bounds }, { requiredKeys: [] })),
    endsAt: time,
  },
  { requiredKeys: ['scopes'] },
)

/** One use of it, and what it would mean for an authority to allow it: the meaning that ⊑ has to keep. */
interface Use {
  readonly environment: string
  readonly scope: string
  readonly access: Access
  readonly at: number
  readonly amounts: Readonly<Record<string, number>>
}
const use = fc.record<Use>({
  environment: fc.constantFrom('staging', 'production'),
  scope: names,
  access: fc.constantFrom(...ACCESS),
  at: fc.integer({ min: -1, max: 4 }),
  amounts: fc.record({ calls: fc.nat(3), ttl: fc.nat(3), toString: fc.nat(3) }),
})
function allows(authority: Authority, { environment, scope, access, at, amounts }: Use): boolean {
  const held = authority.scopes.get(scope)
  if (!held || environment !== authority.environment) return false
  if (at >= authority.endsAt || at >= held.endsAt || !held.access.includes(access)) return false
  return Object.entries(held.atMost).every(([name, bound]) => (amounts[name] ?? 0) <= bound)
}

/** The same whatever the order in which it was written down. */
const canonical = ({ scopes, ...rest }: Authority) => ({
  ...rest,
  scopes: new Map(
    [...scopes].map(([name, one]) => [
      name,
      { ...one, access: sortAccess(one.access), atMost: { ...one.atMost } },
    ]),
  ),
})

/** Pairs of which the first is often within the second. */
const related = fc
  .tuple(authority, authority, wanted)
  .map(([one, other, less]) =>
    one.delegations > 2 ? ([handOn(one, less) ?? one, one] as const) : ([one, other] as const),
  )

describe('⊑, what is within what (I9)', () => {
  it('is reflexive', () => {
    fc.assert(fc.property(authority, (one) => isWithin(one, one)))
  })

  it('is antisymmetric: what is within each other is the same', () => {
    fc.assert(
      fc.property(related, ([one, other]) => {
        if (isWithin(one, other) && isWithin(other, one)) expect(canonical(one)).toEqual(canonical(other))
      }),
    )
  })

  it('is transitive', () => {
    fc.assert(
      fc.property(related, authority, wanted, ([low, middle], top, less) => {
        const lowest = handOn(low, less) ?? low
        for (const [a, b, c] of [
          [lowest, low, middle],
          [low, middle, top],
        ] as const)
          if (isWithin(a, b) && isWithin(b, c)) expect(isWithin(a, c)).toBe(true)
      }),
    )
  })

  it('means that whatever the child allows, the parent allows', () => {
    fc.assert(
      fc.property(related, use, ([child, parent], one) => {
        if (isWithin(child, parent) && allows(child, one)) expect(allows(parent, one)).toBe(true)
      }),
    )
  })

  const held: Authority = {
    environment: 'staging',
    scopes: new Map([['orders', { access: ['read', 'write'], endsAt: 100, atMost: { calls: 10 } }]]),
    endsAt: 100,
    delegations: 1,
  }
  const ofOrders = (change: Partial<ScopeAuthority>): Authority => ({
    ...held,
    scopes: new Map([['orders', { ...(held.scopes.get('orders') as ScopeAuthority), ...change }]]),
  })
  it.each<[string, Authority]>([
    ['fewer scopes', { ...held, scopes: new Map() }],
    ['less access', ofOrders({ access: ['read'] })],
    ['an earlier end', { ...held, endsAt: 99 }],
    ['an earlier end of a scope', ofOrders({ endsAt: 99 })],
    ['a tighter bound', ofOrders({ atMost: { calls: 9 } })],
    ['one bound more', ofOrders({ atMost: { calls: 10, ttl: 5 } })],
    ['no further delegation', { ...held, delegations: 0 }],
  ])('PERMIT I9: %s', (_what, child) => expect(isWithin(child, held)).toBe(true))

  it.each<[string, Authority]>([
    ['another environment', { ...held, environment: 'production' }],
    [
      'another scope',
      { ...held, scopes: new Map([['reports', { access: [], endsAt: 1, atMost: { calls: 0 } }]]) },
    ],
    ['more access', ofOrders({ access: ['read', 'delete'] })],
    ['a later end', { ...held, endsAt: 101 }],
    ['an end that is no number', { ...held, endsAt: Number.NaN }],
    ['a later end of a scope', ofOrders({ endsAt: 101 })],
    ['a looser bound', ofOrders({ atMost: { calls: 11 } })],
    ['a bound left out', ofOrders({ atMost: {} })],
    ['a bound that is no number', ofOrders({ atMost: { calls: Number.NaN } })],
    ['further delegations', { ...held, delegations: 2 }],
  ])('DENY I9: %s', (_what, child) => expect(isWithin(child, held)).toBe(false))
})

describe('handing on', () => {
  it('no sequence of exchanges and delegations ever widens (I9)', () => {
    const step = fc.record({ from: fc.nat(), wanted })
    let handedOn = 0
    fc.assert(
      fc.property(authority, fc.array(step, { minLength: 1, maxLength: 6 }), use, (root, steps, one) => {
        // Whoever was handed something may be the next to hand on, in any order.
        const holders: { authority: Authority; above: Authority[] }[] = [{ authority: root, above: [] }]
        for (const { from, wanted: less } of steps) {
          const giver = holders[from % holders.length] as (typeof holders)[number]
          const given = handOn(giver.authority, less)
          if (!given) continue
          handedOn++
          const above = [giver.authority, ...giver.above]
          if (!above.every((holder) => isWithin(given, holder))) return false
          if (allows(given, one) && !above.every((holder) => allows(holder, one))) return false
          if (above.length > root.delegations) return false
          holders.push({ authority: given, above })
        }
        return true
      }),
      { numRuns: 10_000 },
    )
    expect(handedOn).toBeGreaterThan(10_000)
  })

  it('gives no less than what was asked for and is held', () => {
    fc.assert(
      fc.property(authority, wanted, use, (parent, less, one) => {
        const given = handOn(parent, less)
        const asked = less.scopes.get(one.scope)
        if (!given || !asked || !allows(parent, one)) return
        const within =
          one.at < (less.endsAt ?? 9) &&
          one.at < (asked.endsAt ?? 9) &&
          (asked.access?.includes(one.access) ?? true) &&
          Object.entries(asked.atMost ?? {}).every(([name, bound]) => (one.amounts[name] ?? 0) <= bound)
        expect(allows(given, one)).toBe(within)
      }),
    )
  })
})
