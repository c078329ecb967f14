import { describe, expect, it } from 'vitest'
import { brokenFor, brokenNow, brokenToShow } from './break-glass.ts'
import type { BreakGlass, Controls, User } from './config.ts'
import { ConfigSnapshot } from './snapshot.ts'
import { trustedControls } from './trusted-controls.ts'

const glass: BreakGlass = {
  id: 'bgl_01jd2q8c0v3m5n7p9r1t3w5y7z',
  environment: 'staging',
  agent: 'fixer',
  scopes: null,
  reason: 'incident 42',
  by: 'ada',
  at: '2026-01-05T12:00:00.000Z',
  endsAt: '2026-01-05T12:30:00.000Z',
}
const ada: User = { name: 'ada', source: 'api', disabled: false, roles: ['admin'], invitedBy: null }
const during = new Date('2026-01-05T12:29:59.999Z')

interface World {
  readonly held?: Partial<BreakGlass>
  readonly user?: Partial<User>
  readonly controlsMac?: string
  readonly userMac?: string
}

/** The manifest says `mac` of both rows. */
function world({ held = {}, user = {}, controlsMac = 'mac', userMac = 'mac' }: World = {}): ConfigSnapshot {
  const row: Controls = { name: 'controls', freezes: [], breakGlass: [{ ...glass, ...held }] }
  const none = { teams: [], environments: [], anchors: [], issuers: [], agents: [] }
  const rows = {
    ...none,
    ...{ roots: [], root_environments: [], scopes: [], policies: [] },
    users: [{ row: { ...ada, ...user }, intact: userMac === 'mac', mac: userMac }],
    controls: [{ row, intact: controlsMac === 'mac', mac: controlsMac }],
  }
  const macs = { controls: { controls: 'mac' }, users: { ada: 'mac' } }
  return new ConfigSnapshot(1, rows, { name: 'manifest', version: 1, macs })
}

const subject = { environment: 'staging', agent: 'fixer', scope: 'orders-rw' }

describe('what is broken', () => {
  it('is so for one agent in one environment, for every scope or those that are named', () => {
    expect(brokenFor(world(), subject, during)?.id).toBe(glass.id)
    expect(brokenFor(world(), { ...subject, environment: 'production' }, during)).toBeUndefined()
    expect(brokenFor(world(), { ...subject, agent: 'other' }, during)).toBeUndefined()
    const named = world({ held: { scopes: ['orders-rw'] } })
    expect(brokenFor(named, subject, during)?.id).toBe(glass.id)
    expect(brokenFor(named, { ...subject, scope: 'orders-ro' }, during)).toBeUndefined()
    expect(brokenFor(world({ held: { scopes: [] } }), subject, during)).toBeUndefined()
  })

  it('is over at its end, and one whose end is no time never began (I3, I10)', () => {
    expect(brokenNow(world(), during)).toHaveLength(1)
    expect(brokenNow(world(), new Date(glass.endsAt))).toEqual([])
    expect(brokenNow(world({ held: { endsAt: 'never' } }), during)).toEqual([])
  })

  it.each<[string, World]>([
    ['is disabled', { user: { disabled: true } }],
    ['is no admin any more', { user: { roles: ['operator', 'approver'] } }],
    ['is somebody else now', { user: { name: 'eve' } }],
    ['has a row that was changed by hand (I13)', { userMac: 'other' }],
  ])('counts for nothing once whoever answers for it %s (I11)', (_why, change) => {
    expect(brokenNow(world(change), during)).toEqual([])
  })

  it('is nothing where its row is not what was written last: everything is denied, and it is not built on (I13)', () => {
    const tampered = world({ controlsMac: 'older' })
    expect(() => brokenNow(tampered, during)).toThrow(/not the one that was written last/)
    expect(brokenToShow(tampered, during)).toEqual([])
    const next = trustedControls(tampered, during)
    expect(next.breakGlass).toBeUndefined()
    expect(next.freezes).toMatchObject([{ target: 'all' }])
  })
})
