import { createHash } from 'node:crypto'
import { newId } from '@credbroker/core/ids'
import fc from 'fast-check'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import { APPROVAL, type Approval, type ApprovalEvent } from '../../domain/approval.ts'
import type { Sealed } from '../../ports/people.ts'
import { approvalStore } from './approvals.ts'
import { migrate } from './migrate.ts'
import { migrationsDirectory } from './migrations-directory.ts'

let server: TestPostgres
/** Each replica has its own connections. */
let one: Sql
let other: Sql

beforeAll(async () => {
  server = await startTestPostgres()
  const url = await server.createDatabase('approvals')
  one = postgres(url, { max: 4, onnotice: () => {} })
  other = postgres(url, { max: 4, onnotice: () => {} })
  await migrate(one, migrationsDirectory())
})
afterAll(async () => {
  await Promise.all([one?.end(), other?.end()])
  await server?.stop()
})

const id = <Kind extends Parameters<typeof newId>[0]>(kind: Kind) =>
  newId(kind, new Date(), (bytes) => crypto.getRandomValues(bytes))
const event = () => {
  const record = JSON.stringify({ id: id('request') })
  return { record, leaf: createHash('sha256').update(`\0${record}`).digest() }
}
const audited = async () =>
  Number((await one<{ n: string }[]>`SELECT count(*) AS n FROM audit_pending`)[0]?.n)

let seals = 0
const sealed = (body: Approval): Sealed<Approval> => ({ body, mac: `mac-${++seals}` })

/** About no task: what the store does is the same. */
const question = (requester: string, change: Partial<Approval> = {}): Sealed<Approval> =>
  sealed({
    id: id('approval'),
    nonce: 'nonce',
    state: 'pending',
    level: 'passkey',
    work: null,
    environment: 'staging',
    requester,
    subject: {
      kind: 'call',
      requests: ['a', 'b'].map((name) => ({
        requestHash: id('request'),
        factsHash: name,
        operations: [],
        request: { method: 'DELETE', target: `/${name}` },
        access: ['delete'],
        touches: [],
        erases: [],
        anchors: [],
        environments: [],
        facts: {},
        usedAt: null,
      })),
    },
    policyVersion: 'v',
    policies: [],
    reason: 'why',
    askedAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    answers: [],
    usableUntil: null,
    ...change,
  })
const AMPLE = { pending: 100, perHour: 1000 }
const tally = (results: readonly unknown[]) =>
  Object.fromEntries(
    [...new Set(results)].sort().map((one) => [one, results.filter((each) => each === one).length]),
  )

describe('questions to people in PostgreSQL, asked at two replicas at once (I4)', () => {
  const stores = () => [approvalStore(one), approvalStore(other)] as const

  it('no more wait than may, and no more are asked in an hour than may', async () => {
    const asked = (limits: typeof AMPLE, requester: string) =>
      Promise.all(
        Array.from({ length: 12 }, (_, at) => stores()[at % 2]?.ask(question(requester), limits, event())),
      )
    expect(tally(await asked({ ...AMPLE, pending: 3 }, 'agent:a'))).toEqual({ asked: 3, 'too-many': 9 })
    expect(tally(await asked({ ...AMPLE, perHour: 5 }, 'agent:b'))).toEqual({ asked: 5, 'too-many': 7 })
    expect(tally(await asked({ ...AMPLE, pending: 3 }, 'agent:c'))).toEqual({ asked: 3, 'too-many': 9 })
  })

  it('the same question waits once', async () => {
    const { subject } = question('agent:d').body
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        stores()[at % 2]?.ask(question('agent:d', { subject }), AMPLE, event()),
      ),
    )
    expect(tally(results)).toEqual({ asked: 1, exists: 7 })
  })

  it('what is over makes room, and is due', async () => {
    const past = new Date(Date.now() - 1000).toISOString()
    const [store] = stores()
    const over = question('agent:e', { endsAt: past })
    expect(await store.ask(over, { ...AMPLE, pending: 1 }, event())).toBe('asked')
    expect((await store.due(100)).map(({ body }) => body.id)).toContain(over.body.id)
    expect(await store.ask(question('agent:e'), { ...AMPLE, pending: 1 }, event())).toBe('asked')
  })

  it('of many who change it at once one does, and only that is in the audit log (I6)', async () => {
    const before = question('agent:f')
    await stores()[0].ask(before, AMPLE, event())
    const count = await audited()
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        stores()[at % 2]?.update(before, sealed({ ...before.body, state: at % 3 ? 'approved' : 'denied' }), [
          event(),
        ]),
      ),
    )
    expect(tally(results)).toEqual({ false: 9, true: 1 })
    expect(await audited()).toBe(count + 1)
  })

  it('lists newest first, page by page, for whom it is', async () => {
    const [store] = stores()
    const ids: string[] = []
    for (let n = 0; n < 5; n++) {
      const each = question('agent:g', { environment: 'elsewhere' })
      await store.ask(each, AMPLE, event())
      ids.unshift(each.body.id)
    }
    const newest = [...ids].sort().reverse()
    const page = async (cursor?: string) =>
      (await store.list({ environment: 'elsewhere', ...(cursor && { cursor }), limit: 2 })).map(
        ({ body }) => body.id,
      )
    expect(await page()).toEqual(newest.slice(0, 2))
    expect(await page(newest[1])).toEqual(newest.slice(2, 4))
    expect(await page(newest[3])).toEqual(newest.slice(4))
  })

  it('what is over by its times waits for nobody, before anybody has written so', async () => {
    const [store] = stores()
    const past = new Date(Date.now() - 1000).toISOString()
    const ask = async (change: Partial<Approval>) => {
      const each = question('agent:i', { environment: 'later', ...change })
      await store.ask(each, AMPLE, event())
      return each.body.id
    }
    const waits = await ask({})
    const late = await ask({ endsAt: past })
    const ready = await ask({ state: 'approved', endsAt: past, usableUntil: question('x').body.endsAt })
    const unused = await ask({ state: 'approved', usableUntil: past })
    const found = async (state: Approval['state']) =>
      (await store.list({ environment: 'later', state, limit: 10 })).map(({ body }) => body.id).sort()
    expect(await found('pending')).toEqual([waits])
    expect(await found('approved')).toEqual([ready])
    expect(await found('expired')).toEqual([late, unused].sort())
    expect(await found('denied')).toEqual([])
  })
})

describe('an approval only goes on (I4, I13)', () => {
  const EVENTS: readonly ApprovalEvent[] = ['approve', 'deny', 'use', 'expire', 'cancel']

  it('whatever is tried, on whatever was once sealed: it follows its states, and nothing that is over comes back', async () => {
    const step = fc.record({
      event: fc.constantFrom(...EVENTS),
      from: fc.nat({ max: 20 }),
      replica: fc.boolean(),
      byHand: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const first = question(`agent:${id('task')}`)
        await approvalStore(one).ask(first, AMPLE, event())
        const versions = [first]
        for (const { event: what, from, replica, byHand } of steps) {
          const current = versions.at(-1) as Sealed<Approval>
          const before = versions[from % versions.length] as Sealed<Approval>
          const goesOn = APPROVAL[current.body.state]
          if (byHand) {
            // An older row of ours, put back as it was.
            const put = one`UPDATE approvals SET body = ${one.json(before.body as never)}, mac = ${before.mac}
              WHERE id = ${first.body.id}`
            const done = await put.then(
              () => true,
              () => false,
            )
            const back = current.body.state === 'approved' && before.body.state === 'pending'
            expect(done).toBe(Object.keys(goesOn).length > 0 && !back)
            continue
          }
          const next = APPROVAL[before.body.state][what]
          if (!next) continue
          const after = sealed({ ...before.body, state: next })
          const changed = await approvalStore(replica ? one : other).update(before, after, [event()])
          expect(changed).toBe(before === current)
          if (changed) versions.push(after)
        }
        const stored = await approvalStore(one).find(first.body.id)
        expect(stored?.body.state).toBe(versions.at(-1)?.body.state)
      }),
      { numRuns: 60 },
    )
  }, 120_000)

  it('a request that was used stays used, and no row is removed', async () => {
    const before = question('agent:h', {
      state: 'approved',
      usableUntil: new Date(Date.now() + 1e6).toISOString(),
    })
    await approvalStore(one).ask(before, AMPLE, event())
    if (before.body.subject.kind !== 'call') throw new Error('a call')
    const [a, b] = before.body.subject.requests
    const requests = [{ ...a, usedAt: new Date().toISOString() }, b] as never
    const after = sealed({ ...before.body, subject: { kind: 'call', requests } })
    expect(await approvalStore(one).update(before, after, [event()])).toBe(true)
    const back = one`UPDATE approvals SET body = ${one.json(before.body as never)}, mac = ${before.mac} WHERE id = ${before.body.id}`
    await expect(back).rejects.toThrow('only goes on')
    await expect(one`DELETE FROM approvals WHERE id = ${before.body.id}`).rejects.toThrow('kept')
    await expect(one`TRUNCATE approvals`).rejects.toThrow('kept')
  })
})
