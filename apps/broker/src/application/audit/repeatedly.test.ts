import { describe, expect, it } from 'vitest'
import type { OpenIntents } from '../../ports/open-intents.ts'
import { createRecorder } from './recorder.ts'
import { type RepeatDeps, repeatedly } from './repeatedly.ts'

const DAY = 24 * 3600 * 1000
const about = { type: 'root.checked', actor: { kind: 'system', id: 'sweeper' } } as const

/** Whatever is written, in order, and a clock that is put forward by hand. */
function world() {
  let now = 0
  let count = 0
  const clock = { now: () => new Date(now) }
  const record = createRecorder(clock, (bytes) => bytes.fill(++count))
  const said: string[] = []
  const rows = new Map<string, { id: string | null; since: Date; answer: string | null }>()
  const note = ({ record: text }: { record: string }) => {
    const { phase, result, code } = JSON.parse(text)
    said.push([phase, result, code].filter(Boolean).join(' '))
  }
  const intents: OpenIntents = {
    async open(work, intent) {
      const held = rows.get(work) ?? { id: null, since: new Date(0), answer: null }
      if (held.id === null) note(intent.record)
      const row = held.id === null ? { ...held, id: intent.id, since: clock.now() } : held
      rows.set(work, row)
      return row as typeof row & { id: string }
    },
    async answer(work, id, answer, outcome) {
      const row = rows.get(work)
      if (row?.id !== id) return
      note(outcome)
      if (answer === null) rows.delete(work)
      else rows.set(work, { ...row, id: null, answer })
    },
  }
  const deps: RepeatDeps = { intents, record, clock }
  const attempt = (state: string, over = false) =>
    repeatedly(deps, 'work', about, async () => {
      // I6: whatever is done is done under an intent that is durable and open.
      expect(rows.get('work')?.id).toMatch(/^evt_/)
      if (state === 'throws') throw new Error('no')
      return { answer: state, state, result: state === 'ok' ? 'ok' : 'failed', over }
    })
  const pass = (ms: number) => {
    now += ms
  }
  return { attempt, said, rows, pass }
}

describe('what is done again and again', () => {
  it('is announced and answered when it is done first, and then is quiet while nothing changes', async () => {
    const { attempt, said } = world()
    for (let tries = 0; tries < 100; tries++) await attempt('ok')
    expect(said).toEqual(['intent', 'outcome ok', 'intent'])
  })

  it('is answered and announced anew when it comes to something else, and once a day', async () => {
    const { attempt, said, pass } = world()
    for (const state of ['ok', 'ok', 'alive', 'alive', 'ok']) await attempt(state)
    expect(said.filter((one) => one.startsWith('outcome'))).toEqual([
      'outcome ok',
      'outcome failed',
      'outcome ok',
    ])
    await attempt('ok')
    pass(DAY)
    await attempt('ok')
    await attempt('ok')
    expect(said.slice(-3)).toEqual(['intent', 'outcome ok', 'intent'])
  })

  it('is answered where it throws, and that is thrown', async () => {
    const { attempt, said } = world()
    await expect(attempt('throws')).rejects.toThrow('no')
    await expect(attempt('throws')).rejects.toThrow('no')
    expect(said).toEqual(['intent', 'outcome failed internal', 'intent'])
  })

  it('is answered and forgotten when it is over', async () => {
    const { attempt, said, rows } = world()
    await attempt('alive')
    await attempt('alive')
    await attempt('ok', true)
    expect(said).toEqual(['intent', 'outcome failed', 'intent', 'outcome ok'])
    expect(rows.size).toBe(0)
  })
})
