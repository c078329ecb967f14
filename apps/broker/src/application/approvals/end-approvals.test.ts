import { describe, expect, it } from 'vitest'
import type { Approval } from '../../domain/approval.ts'
import type { ApprovalStore } from '../../ports/approval-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Sealed } from '../../ports/people.ts'
import { seal } from '../people/sealed-row.ts'
import { endApprovals } from './end-approvals.ts'

const macs: Macs = {
  mac: (_, text) => `mac of ${text}`,
  matches: (_, text, found) => found === `mac of ${text}`,
}
const NOW = new Date('2026-05-01T12:00:00.000Z')
const LATER = '2026-05-01T13:00:00.000Z'
const BEFORE = '2026-05-01T11:00:00.000Z'

const approval = (change: object): Sealed<Approval> =>
  seal(macs, 'approvals', {
    id: 'apr',
    state: 'pending',
    level: 'passkey',
    work: { task: 'task', grant: 'grant', scope: 's', owner: 'mia' },
    environment: 'staging',
    subject: { kind: 'scope', requestHash: 'r', factsHash: 'f' },
    endsAt: LATER,
    usableUntil: null,
    ...change,
  } as unknown as Approval)

async function ended(row: Sealed<Approval>) {
  const done: string[] = []
  const approvals = {
    due: async () => [row],
    update: async (_before: unknown, { body }: Sealed<Approval>) => {
      done.push(body.state)
      return true
    },
  } as unknown as ApprovalStore
  const record = ((fields: object) => fields) as never
  const log = { info: () => {}, warn: () => {}, error: () => void done.push('logged') }
  const end = async ({ grant }: { grant: string }, reason: string) => void done.push(`${grant} ${reason}`)
  await endApprovals({ approvals, macs, record, log, end, clock: { now: () => NOW } })()
  return done
}

describe('I3: every question ends', () => {
  it('unanswered: its grant first, so that a broker that dies in between finds it again', async () => {
    expect(await ended(approval({ endsAt: BEFORE }))).toEqual(['grant expired', 'expired'])
  })
  it('unused: the grant that was approved ends by itself', async () => {
    expect(await ended(approval({ state: 'approved', usableUntil: BEFORE }))).toEqual(['expired'])
  })
  it('with its work', async () => {
    expect(await ended(approval({ state: 'approved', usableUntil: LATER }))).toEqual(['cancelled'])
    expect(await ended(approval({ subject: { kind: 'call', requests: [] } }))).toEqual(['cancelled'])
  })
  it('a row that is not ours is left as it is, and reported', async () => {
    expect(await ended({ ...approval({ endsAt: BEFORE }), mac: 'by hand' })).toEqual(['logged'])
  })
})
