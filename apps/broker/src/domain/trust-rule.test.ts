import type { ClaimTests } from '@credbroker/core/config/trust'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundEnvironment, claimAt, flatTests, holds, matchesClaims, matchesGlob } from './trust-rule.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '*', '/', ':', '.', '-'), maxLength: 12 })
const segment = fc.string({ unit: fc.constantFrom('a', 'b', '.', '|', '$', ')'), minLength: 1, maxLength: 4 })
const claim = fc.oneof(text, fc.boolean(), fc.integer(), fc.constant(null), fc.array(text, { maxLength: 3 }))

describe('a glob', () => {
  it.each([
    ['refs/heads/release-*', 'refs/heads/release-1.2', true],
    ['refs/heads/release-*', 'refs/heads/release-', false],
    ['refs/heads/*', 'refs/heads/a/b', false],
    ['refs/heads/*', 'refs/heads/a:b', false],
    ['refs/heads/*', 'refs/heads/', false],
    ['spiffe://x/foo/*', 'spiffe://x/foobar', false],
    ['spiffe://x/foo/*', 'spiffe://x/foo/bar', true],
    ['repo:org/*', 'repo:org/app:ref:refs/heads/main', false],
    ['a*c', 'abbc', true],
    ['a*c', 'ac', false],
    ['a*b*c', 'axbc', false],
    ['a*b*c', 'abbbc', true],
    ['*', 'abc', true],
    ['main', 'Main', false],
    ['a.c', 'abc', false],
  ])('%s says of %s: %s', (glob, value, expected) => {
    expect(matchesGlob(glob, value)).toBe(expected)
  })

  it('property: without a star it is the text itself, whatever a regular expression would make of it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (glob, value) => {
        fc.pre(!glob.includes('*'))
        expect(matchesGlob(glob, value)).toBe(glob === value)
        expect(matchesGlob(glob, glob)).toBe(true)
      }),
    )
  })

  it('property: a star stands for any part of one segment, and never for a separator', () => {
    fc.assert(
      fc.property(text, segment, text, fc.constantFrom('/', ':'), (before, middle, after, separator) => {
        const plain = (part: string) => part.replaceAll('*', '')
        const glob = `${plain(before)}*${plain(after)}`
        expect(matchesGlob(glob, `${plain(before)}${middle}${plain(after)}`)).toBe(true)
        expect(matchesGlob(glob, `${plain(before)}${middle}${separator}${middle}${plain(after)}`)).toBe(false)
        expect(matchesGlob(glob, `${plain(before)}${plain(after)}`)).toBe(false)
      }),
    )
  })

  it('property: it says the same as trying every split of every segment', () => {
    fc.assert(
      fc.property(text, text, (glob, value) => {
        expect(matchesGlob(glob, value)).toBe(slowly(glob, value))
      }),
    )
  })
})

/** The definition, letter by letter. */
function slowly(glob: string, value: string): boolean {
  if (glob === '') return value === ''
  if (glob[0] !== '*') return glob[0] === value[0] && slowly(glob.slice(1), value.slice(1))
  for (let end = 1; end <= value.length && !/[/:]/.test(value[end - 1] ?? ''); end++)
    if (slowly(glob.slice(1), value.slice(end))) return true
  return false
}

describe('a claim', () => {
  it.each<[unknown, unknown, boolean]>([
    ['1', 1, false],
    ['true', true, false],
    [true, 'true', false],
    [true, true, true],
    ['a', ['a'], false],
    [['a', 'b'], 'b', true],
    [['a', 'b'], ['a'], false],
    [{ contains: 'a' }, ['b', 'a'], true],
    [{ contains: 'a' }, 'a', false],
    [{ contains: 'a' }, 'bab', false],
    [{ glob: 'a*' }, ['ab'], false],
    ['a', undefined, false],
    ['a', null, false],
  ])('%j is asked of %j: %s', (test, value, expected) => {
    expect(holds(test as string, value)).toBe(expected)
  })

  it('property: what holds has the type that was asked for', () => {
    fc.assert(
      fc.property(claim, fc.oneof(text, fc.boolean(), fc.array(text, { minLength: 1 })), (value, test) => {
        if (holds(test, value)) expect(typeof value).toBe(typeof test === 'boolean' ? 'boolean' : 'string')
      }),
    )
  })

  it('I10: property: a missing one never holds, at any depth, and nothing is inherited', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'toString', 'constructor', '__proto__', 'length'), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(path, fc.oneof(text, fc.boolean()), (names, test) => {
        expect(claimAt({}, names)).toBeUndefined()
        expect(claimAt({ a: [], b: 'text' }, [...names, 'length'])).toBeUndefined()
        expect(holds(test, claimAt({}, names))).toBe(false)
      }),
    )
  })
})

describe('a rule', () => {
  const claims: ClaimTests = {
    'kubernetes.io': { namespace: 'agents', serviceaccount: { uid: 'u-1' } },
    sub: { glob: 'system:serviceaccount:agents:*' },
  }
  const token = {
    sub: 'system:serviceaccount:agents:fixer',
    'kubernetes.io': { namespace: 'agents', serviceaccount: { name: 'fixer', uid: 'u-1' } },
  }

  it('asks of claims inside claims', () => {
    expect(flatTests(claims).map(({ path }) => path.join(' '))).toEqual([
      'kubernetes.io namespace',
      'kubernetes.io serviceaccount uid',
      'sub',
    ])
    expect(matchesClaims(claims, token)).toBe(true)
    expect(matchesClaims(claims, { ...token, 'kubernetes.io': { namespace: 'agents' } })).toBe(false)
  })

  it('I10: that asks nothing holds for nothing', () => {
    expect(matchesClaims({}, token)).toBe(false)
    expect(matchesClaims({ 'kubernetes.io': {} }, token)).toBe(false)
  })

  it('property: one more test never lets more in', () => {
    const tests = fc.dictionary(fc.constantFrom('a', 'b', 'c'), text)
    fc.assert(
      fc.property(tests, tests, fc.dictionary(fc.constantFrom('a', 'b', 'c'), claim), (one, more, of) => {
        if (matchesClaims({ ...one, ...more }, of) && Object.keys(one).every((name) => !(name in more)))
          expect(Object.keys(one).length === 0 || matchesClaims(one, of)).toBe(true)
      }),
    )
  })

  it('I2: binds by its table of environments, or not at all', () => {
    const rule = { issuer: 'ci', claims: { a: 'b' }, maxTaskSeconds: null }
    const environments = { Staging: 'staging' }
    expect(boundEnvironment({ ...rule, environments: null }, { environment: 'x' })).toBeNull()
    expect(boundEnvironment({ ...rule, environments }, { environment: 'Staging' })).toBe('staging')
    for (const environment of ['staging', 'constructor', undefined, ['Staging']])
      expect(boundEnvironment({ ...rule, environments }, { environment })).toBeUndefined()
  })
})
