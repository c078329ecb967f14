import { describe, expect, it } from 'vitest'
import type { Receipt } from '../wire/receipts.ts'
import { summarise } from './summarise.ts'

const TASK = 'tsk_01arz3ndektsv4rrffq69g5fav'
const at = (second: number) => `2026-11-23T00:00:${String(second).padStart(2, '0')}.000Z`

/** A receipt of these events; nothing here looks at proofs. */
const of = (...events: readonly object[]): Receipt => ({
  format: 'credbroker-receipt/1',
  task: TASK,
  checkpoint: 'dep.credbroker/audit\n99\nAAAA\n\n— sig\n',
  leaves: events.map((event, index) => ({
    index,
    record: JSON.stringify({ id: `evt_${index}`, at: at(index), task: TASK, phase: 'event', ...event }),
    proof: [],
  })),
  answers: [],
  questions: [],
  recovery: [],
  withheld: false,
})

const started = { type: 'task.started', actor: { kind: 'agent', id: 'fixer' } }
const ended = { type: 'task.ended', facts: { change: 'done' } }
const minting = { type: 'lease.minted', phase: 'intent', lease: 'lse_1', grant: 'grt_1', scope: 'orders' }
const minted = {
  type: 'lease.minted',
  phase: 'outcome',
  intent: 'evt_2',
  result: 'ok',
  lease: 'lse_1',
  facts: { credentialSha256: 'x'.repeat(43), expiresAt: at(59) },
}
const granted = { type: 'grant.active', grant: 'grt_1', scope: 'orders', access: ['read', 'delete'] }
const dead = (credentialDead: boolean, sessionsDead: boolean) => ({
  type: credentialDead && sessionsDead ? 'lease.ended' : 'lease.revoked',
  phase: 'outcome',
  intent: 'evt_9',
  lease: 'lse_1',
  facts: { credentialDead, sessionsDead, attempt: 1 },
})
const closed = (toIndex: number) => ({
  type: 'task.closed',
  facts: { count: toIndex, toIndex, leavesHash: 'x'.repeat(43), children: 0 },
})

describe('the summary of a receipt', () => {
  it('is final only when the task has ended, every credential and its sessions are dead, and the log has closed it', () => {
    const life = [started, granted, minting, minted]
    const openOf = (...more: readonly object[]) =>
      summarise(of(...life, ...more)).open.map(({ what }) => what)
    expect(openOf()).toEqual(['task', 'credential'])
    expect(openOf(ended)).toEqual(['credential'])
    expect(openOf(ended, dead(true, false))).toEqual(['credential'])
    expect(openOf(ended, dead(true, true))).toEqual(['closing'])
    expect(openOf(ended, dead(true, true), closed(6))).toEqual([])
    expect(openOf(ended, dead(true, true), closed(6), dead(true, true))).toEqual(['closing'])
    expect(openOf(ended, dead(true, true), closed(6), closed(6))).toEqual([])
  })

  it('is honest about credentials: what is dead, and what the grant let them do', () => {
    const [credential] = summarise(
      of(started, granted, minting, minted, ended, dead(true, false)),
    ).credentials
    expect(credential).toMatchObject({
      lease: 'lse_1',
      access: ['read', 'delete'],
      sha256: 'x'.repeat(43),
      minted_at: at(3),
      credential_dead: true,
      sessions_dead: false,
    })
    expect(credential?.dead_at).toBeUndefined()
  })

  it('shows what was announced and never answered as unknown, also where somebody answered "unknown"', () => {
    const answered = { ...minted, result: 'unknown' }
    for (const outcome of [[], [answered]]) {
      const { unknown, credentials } = summarise(of(started, granted, minting, ...outcome))
      expect(unknown).toMatchObject([{ index: 2, type: 'lease.minted' }])
      expect(credentials[0]?.result).toBe(outcome.length === 0 ? 'open' : 'unknown')
    }
  })

  it('takes no operation for a lookup because of its name', () => {
    const call = (facts: object) => ({ type: 'gateway.called', phase: 'intent', access: ['delete'], facts })
    const { calls, lookups, destroyed } = summarise(
      of(
        started,
        call({ operation: 'resolve' }),
        call({ operation: 'resolve', factsHash: 'y'.repeat(43) }),
        ended,
      ),
    )
    expect([calls.length, lookups]).toEqual([1, 1])
    expect(destroyed).toMatchObject([{ operation: 'resolve', result: 'unknown' }])
  })

  it('leaves alone what it does not know, and what is not what it should be', () => {
    const odd = { type: 'from.the.future', facts: 7, actor: null, access: 'all', policies: {} }
    expect(summarise(of(started, odd)).task.agent).toBe('fixer')
  })
})
