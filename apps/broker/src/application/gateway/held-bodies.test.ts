import { KNOWN_CONNECTORS } from '@credbroker/connectors/catalogue.gen'
import { LIMITS } from '@credbroker/core/limits'
import { describe, expect, it } from 'vitest'
import { HeldBodies } from './held-bodies.ts'

const exceeded = expect.objectContaining({ code: 'budget_exceeded' })

describe('bytes of requests that are held', () => {
  it('may be a request of every connector, as long as that may be', () => {
    for (const { kind, bodyBytes = 0 } of KNOWN_CONNECTORS.values())
      expect(bodyBytes, kind).toBeLessThanOrEqual(LIMITS.heldBytesPerAgent / 2)
  })

  it('are no more of one agent than may be, and are given back with the call', () => {
    const bodies = new HeldBodies()
    const first = bodies.of('ci')
    first.take(LIMITS.heldBytesPerAgent)
    expect(() => bodies.of('ci').take(1)).toThrow(exceeded)
    bodies.of('other').take(1)
    first.release()
    first.release()
    const second = bodies.of('ci')
    second.take(LIMITS.heldBytesPerAgent)
    expect(() => second.take(1)).toThrow(exceeded)
  })

  it('are no more of all agents together than may be', () => {
    const bodies = new HeldBodies()
    const fitting = LIMITS.heldBytes / LIMITS.heldBytesPerAgent
    const held = Array.from({ length: fitting }, (_, at) => bodies.of(`agent-${at}`))
    for (const one of held) one.take(LIMITS.heldBytesPerAgent)
    const large = LIMITS.bodyBytes + 1
    expect(() => bodies.of('one-more').take(large)).toThrow(exceeded)
    held[0]?.release()
    bodies.of('one-more').take(large)
  })

  it('a small one of an agent that holds nothing else is always let in', () => {
    const bodies = new HeldBodies()
    for (let at = 0; at < LIMITS.heldBytes / LIMITS.heldBytesPerAgent; at++)
      bodies.of(`agent-${at}`).take(LIMITS.heldBytesPerAgent)
    bodies.of('one-more').take(LIMITS.bodyBytes)
    expect(() => bodies.of('one-more').take(1)).toThrow(exceeded)
  })
})
