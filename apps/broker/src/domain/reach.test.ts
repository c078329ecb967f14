import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Anchor } from './config.ts'
import { placeReach } from './reach.ts'

const anchor = (environment: string, id: string, shared = false): Anchor => ({
  vendor: 'aws',
  id,
  environment,
  shared,
})
const anchors = [
  anchor('staging', '111'),
  anchor('production', '222/role/app'),
  anchor('staging', '333', true),
  anchor('production', '333', true),
]

describe('I2: where a root belongs', () => {
  it('inside one environment’s anchors it is usable there', () => {
    expect(placeReach(['111', '111/role/deploy'], true, anchors)).toMatchObject({
      state: 'usable',
      environments: ['staging'],
    })
  })
  it('over several environments it spans, and is usable in none', () => {
    expect(placeReach(['111', '222/role/app'], true, anchors)).toMatchObject({
      state: 'spanning',
      environments: [],
    })
  })
  it('with something no anchor claims it is unusable', () => {
    expect(placeReach(['111', '999'], true, anchors)).toMatchObject({ state: 'unusable', unclaimed: ['999'] })
  })
  it('a part of an account does not stand for the account: 222 is more than 222/role/app', () => {
    expect(placeReach(['222'], true, anchors)).toMatchObject({ state: 'unusable', unclaimed: ['222'] })
  })
  it('the name of one anchor as the beginning of another’s does not cover it', () => {
    expect(placeReach(['1112'], true, anchors).state).toBe('unusable')
  })
  it('what cannot be read, or is empty, is unusable', () => {
    expect(placeReach(['111'], false, anchors).state).toBe('unusable')
    expect(placeReach([], true, anchors).state).toBe('unusable')
  })
  it('what several environments share is usable in each of them', () => {
    expect(placeReach(['333'], true, anchors)).toMatchObject({
      state: 'usable',
      environments: ['production', 'staging'],
    })
  })
  it('reaching more never makes it usable where it was not', () => {
    const reach = fc.subarray(['111', '111/role/a', '222/role/app', '222', '333', '999'])
    fc.assert(
      fc.property(reach, reach, (some, more) => {
        const before = placeReach(some, true, anchors)
        const after = placeReach([...some, ...more], true, anchors)
        if (some.length > 0)
          for (const environment of after.environments) expect(before.environments).toContain(environment)
      }),
    )
  })
})
