import { BrokerError } from '@credbroker/core/errors'
import { describe, expect, it } from 'vitest'
import type { Anchor } from '../../domain/config.ts'
import { acceptReach } from './accept-reach.ts'

const anchor = (environment: string, id: string, vendor = 'http'): Anchor => ({
  vendor,
  id,
  environment,
  shared: false,
})
const anchors = [
  anchor('staging', 'api.example.com/tenant-a'),
  anchor('production', 'api.example.com/tenant-b'),
  anchor('sandbox', 'sandbox.example.com'),
  anchor('elsewhere', 'api.example.com', 'graphql'),
]
const place = (environment: string | null, reach: readonly string[], more: object = {}) =>
  acceptReach(
    { name: 'api', environment },
    { reach, complete: true, findings: [], ...more },
    { vendor: 'http', gateway: true },
    anchors,
  )
const refusals = (...given: Parameters<typeof place>): string[] => {
  try {
    place(...given)
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'reach_refused')
      return (error.details.problems ?? []).map(({ message }) => message)
    throw error
  }
  return []
}

describe('a root that is called through the gateway (I2)', () => {
  it('over several environments may be used in each that it touches', () => {
    expect(place(null, ['api.example.com/tenant-a', 'api.example.com/tenant-b'])).toEqual({
      root: { state: 'spanning', unclaimed: [], findings: [] },
      environments: ['production', 'staging'],
    })
  })

  it('that reaches a whole host touches every environment there, and nobody else’s vendor', () => {
    const { root, environments } = place(null, ['api.example.com'])
    expect(environments).toEqual(['production', 'staging'])
    expect(root).toMatchObject({ state: 'spanning', unclaimed: ['api.example.com'] })
  })

  it('may reach what nobody claims: that is a finding, and is said once', () => {
    const found = { level: 'advice', code: 'x', message: 'y' }
    const first = place(null, ['sandbox.example.com', 'other.example.com'], { findings: [found] }).root
    expect(first.findings).toEqual([
      found,
      expect.objectContaining({ level: 'over-broad', code: 'unclaimed-reach' }),
    ])
    expect(first.findings[1]?.message).toContain('other.example.com')
    const again = place(null, ['sandbox.example.com', 'other.example.com'], { findings: first.findings }).root
    expect(again.findings).toHaveLength(2)
    expect(place(null, ['sandbox.example.com'], { findings: first.findings }).root.findings).toEqual([found])
  })

  it('is refused where no environment claims any of it, and where it cannot be read', () => {
    expect(refusals(null, ['other.example.com'])[0]).toMatch(/declare an anchor of http/)
    expect(refusals(null, ['sandbox.example.com'], { complete: false })[0]).toMatch(/cannot be read/)
    expect(refusals(null, [])[0]).toMatch(/cannot be read/)
  })

  it('declared for one environment stays inside it', () => {
    expect(place('sandbox', ['sandbox.example.com'])).toMatchObject({
      root: { state: 'usable' },
      environments: ['sandbox'],
    })
    expect(refusals('staging', ['api.example.com']).join()).toMatch(
      /no environment claims.*declare it without an environment/,
    )
    expect(refusals('staging', ['sandbox.example.com']).join()).toMatch(/belongs to sandbox, not to staging/)
  })

  it('of a kind without a gateway is refused for what nobody claims, and may be used nowhere', () => {
    const minted = { vendor: 'http', gateway: false }
    const reach = ['api.example.com/tenant-a', 'api.example.com/tenant-b']
    const inspection = { reach, complete: true, findings: [] }
    expect(acceptReach({ name: 'api', environment: null }, inspection, minted, anchors)).toMatchObject({
      root: { state: 'spanning' },
      environments: [],
    })
    expect(() =>
      acceptReach({ name: 'api', environment: null }, { ...inspection, reach: ['x'] }, minted, anchors),
    ).toThrow(BrokerError)
  })
})
