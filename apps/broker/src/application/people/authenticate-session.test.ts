import { createHmac } from 'node:crypto'
import { LIMITS } from '@credbroker/core/limits'
import { newOpaque, opaqueDigest } from '@credbroker/core/opaque'
import { describe, expect, it } from 'vitest'
import type { Macs } from '../../ports/keyring.ts'
import type { Sealed, Session, SessionMethod } from '../../ports/people.ts'
import { authenticateSession } from './authenticate-session.ts'
import { seal } from './sealed-row.ts'
import { stepUp } from './step-up.ts'

const token = newOpaque('ses', (bytes) => bytes.fill(3))
const start = Date.parse('2026-11-22T08:00:00.000Z')

function bench(method: SessionMethod = 'passkey') {
  let now = start
  const macs: Macs = {
    mac: (domain, text) => createHmac('sha256', domain).update(text).digest('base64url'),
    matches: (domain, text, mac) => macs.mac(domain, text) === mac,
  }
  const iso = (time: number) => new Date(time).toISOString()
  let row: Sealed<Session> = seal(macs, 'sessions', {
    id: 'ses_1',
    digest: opaqueDigest(token),
    user: 'mia',
    method,
    amr: [],
    passkey: null,
    createdAt: iso(start),
    endsAt: iso(start + LIMITS.sessionSeconds * 1000),
    seenAt: iso(start),
    passkeyAt: method === 'passkey' ? iso(start) : null,
    address: null,
    browser: null,
  })
  let writes = 0
  const user = { name: 'mia', source: 'api', disabled: false, roles: ['admin'], invitedBy: null }
  const deps = {
    macs,
    clock: { now: () => new Date(now) },
    config: { newest: async () => ({ snapshot: { user: () => user } }) },
    sessions: {
      find: async (digest: string) => (digest === row.body.digest ? row : undefined),
      update: async (_before: unknown, after: Sealed<Session>) => {
        writes++
        row = after
        return true
      },
    },
  }
  const authenticate = authenticateSession(deps as never)
  return {
    user,
    writes: () => writes,
    at: (seconds: number) => {
      now = start + seconds * 1000
    },
    ask: () => authenticate(token, 'req_1'),
  }
}

describe('a session', () => {
  it('ends when nobody used it for half an hour', async () => {
    const { at, ask } = bench()
    at(LIMITS.sessionIdleSeconds - 1)
    expect(await ask()).toMatchObject({ via: 'session', name: 'mia', roles: ['admin'] })
    at(2 * LIMITS.sessionIdleSeconds - 2)
    await ask()
    at(3 * LIMITS.sessionIdleSeconds)
    await expect(ask()).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('ends after twelve hours, however busy', async () => {
    const { at, ask } = bench()
    for (let time = 0; time < LIMITS.sessionSeconds; time += LIMITS.sessionIdleSeconds / 2) {
      at(time)
      await ask()
    }
    at(LIMITS.sessionSeconds)
    await expect(ask()).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('is written at most once a minute', async () => {
    const { at, ask, writes } = bench()
    for (let time = 0; time <= 600; time += 5) {
      at(time)
      await ask()
    }
    expect(writes()).toBeGreaterThan(5)
    expect(writes()).toBeLessThanOrEqual(10)
  })

  it('passes for what is dangerous for five minutes after a passkey’s word', async () => {
    const { at, ask } = bench()
    at(LIMITS.stepUpSeconds - 1)
    stepUp(await ask())
    at(LIMITS.stepUpSeconds)
    const late = await ask()
    expect(() => stepUp(late)).toThrow(expect.objectContaining({ code: 'step_up_required' }))
  })

  it('by single sign-on or recovery code never does by itself, and the latter has no role', async () => {
    for (const method of ['sso', 'recovery'] as const) {
      const caller = await bench(method).ask()
      expect(() => stepUp(caller)).toThrow(expect.objectContaining({ code: 'step_up_required' }))
      expect(caller.roles).toEqual(method === 'sso' ? ['admin'] : [])
    }
  })

  it('has the roles of the moment, and none once its user is disabled (I11)', async () => {
    const { user, ask } = bench()
    user.roles = ['viewer']
    expect((await ask()).roles).toEqual(['viewer'])
    user.disabled = true
    await expect(ask()).rejects.toMatchObject({ code: 'forbidden' })
  })
})
