import { BrokerError } from '@credbroker/core/errors'
import { describe, expect, it } from 'vitest'
import type { Approval, AskedRequest } from '../../domain/approval.ts'
import { CONFIG_TABLES } from '../../domain/config.ts'
import { challengeOf } from '../../domain/signed-question.ts'
import { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Macs } from '../../ports/keyring.ts'
import { seal } from '../people/sealed-row.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import type { CallQuestion } from './call-question.ts'
import { fitApproval } from './fit-approval.ts'

const macs: Macs = {
  mac: (_, text) => `mac of ${text}`,
  matches: (_, text, found) => found === `mac of ${text}`,
}
const NOW = new Date('2026-05-01T12:00:00.000Z')
const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000).toISOString()

const request = (name: string, change: Partial<AskedRequest> = {}) =>
  ({ requestHash: `request ${name}`, factsHash: `facts ${name}`, usedAt: null, ...change }) as AskedRequest

const WORK = {
  task: 'task',
  grant: 'grant',
  agent: 'fixer',
  owner: 'mia',
  scope: 'api',
  root: 'api',
  jkt: 'jkt',
}
const QUESTION: Parameters<ReturnType<typeof fitApproval>>[1] = {
  caller: {} as CallQuestion['caller'],
  allowed: {
    task: { id: 'task', jkt: 'jkt' },
    grant: { id: 'grant' },
    agent: { name: 'fixer', owner: 'mia' },
    scope: { name: 'api', root: 'api' },
  } as unknown as CallQuestion['allowed'],
  requests: [request('a')],
  policyVersion: 'v1',
}

/** Signed as it was given here; what is changed after that was not signed. */
function approved(change: Partial<Approval> = {}, unsigned: Partial<Approval> = {}): Approval {
  const approval = {
    id: 'apr',
    nonce: 'nonce',
    state: 'approved',
    level: 'passkey',
    work: WORK,
    environment: 'staging',
    requester: 'agent:fixer',
    subject: { kind: 'call', requests: [request('a'), request('b')] },
    policyVersion: 'v1',
    endsAt: at(50),
    usableUntil: at(5),
    ...change,
  } as Approval
  const word = { user: 'noa', verdict: 'approve' as const, reason: null, expiry: at(5) }
  const assertion = challengeOf(approval, 'dep', word)
  return { ...approval, answers: [{ ...word, passkey: 'psk', at: at(-1), assertion }], ...unsigned }
}

interface World {
  readonly noa?: { readonly disabled?: boolean; readonly roles?: readonly string[] }
  readonly passkey?: { readonly id?: string; readonly user?: string }
  readonly tampered?: boolean
}

function depsOf(approval: Approval, { noa = {}, passkey = {}, tampered = false }: World = {}): ApprovalDeps {
  const none = Object.fromEntries(CONFIG_TABLES.map((table) => [table, []]))
  const user = { name: 'noa', disabled: false, roles: ['approver'], ...noa }
  const rows = { ...none, users: [{ row: user, intact: true, mac: 'mac' }] }
  const row = seal(macs, 'approvals', approval)
  const key = seal(macs, 'passkeys', { id: 'psk', user: 'noa', ...passkey })
  return {
    approvals: { find: async () => (tampered ? { ...row, mac: 'by hand' } : row) },
    passkeys: { list: async (name?: string) => (name === undefined || name === key.body.user ? [key] : []) },
    webauthn: {
      verifyAssertion: async (assertion: unknown, challenge: string) => {
        if (assertion !== challenge) throw new BrokerError('passkey_invalid')
        return 0
      },
    },
    config: { current: async () => ({ snapshot: new ConfigSnapshot(1, rows as never, undefined) }) },
    macs,
    clock: { now: () => NOW },
    deployment: 'dep',
  } as unknown as ApprovalDeps
}

const fit = (approval: Approval, question = QUESTION, world?: World) =>
  fitApproval(depsOf(approval, world))('apr', question).then(
    ({ level, after }) => ({ level, after: after.body }),
    (error: unknown) => (error as BrokerError).code,
  )
const asking = (change: (question: Record<string, Record<string, unknown>>) => void) => {
  const question = structuredClone(QUESTION) as unknown as Record<string, Record<string, unknown>>
  change(question['allowed'] as never)
  return question as unknown as typeof QUESTION
}

describe('an approval fits exactly what was approved, once (I4)', () => {
  it('uses up the one request, and with the last of them the approval', async () => {
    const first = await fit(approved())
    expect(first).toMatchObject({ level: 'passkey', after: { state: 'approved' } })
    const { after } = first as { after: Approval }
    expect(after.subject).toMatchObject({ requests: [{ usedAt: NOW.toISOString() }, { usedAt: null }] })
    expect(await fit(after)).toBe('approval_invalid')
    const last = await fit(after, { ...QUESTION, requests: [request('b')] })
    expect(last).toMatchObject({ after: { state: 'used' } })
    expect(await fit((last as { after: Approval }).after, { ...QUESTION, requests: [request('b')] })).toBe(
      'approval_invalid',
    )
  })

  it.each([
    ['another task', asking(({ task }) => Object.assign(task as object, { id: 'other' }))],
    ['another key', asking(({ task }) => Object.assign(task as object, { jkt: 'other' }))],
    ['another grant', asking(({ grant }) => Object.assign(grant as object, { id: 'other' }))],
    ['another agent', asking(({ agent }) => Object.assign(agent as object, { name: 'other' }))],
    ['another owner', asking(({ agent }) => Object.assign(agent as object, { owner: 'noa' }))],
    ['another scope', asking(({ scope }) => Object.assign(scope as object, { name: 'other' }))],
    ['another root', asking(({ scope }) => Object.assign(scope as object, { root: 'other' }))],
    ['other policies', { ...QUESTION, policyVersion: 'v2' }],
    ['another request', { ...QUESTION, requests: [request('a', { requestHash: 'request A' })] }],
    ['other facts', { ...QUESTION, requests: [request('a', { factsHash: 'facts A' })] }],
    ['nothing', { ...QUESTION, requests: [] }],
  ])('%s: invalid', async (_, question) => {
    expect(await fit(approved(), question)).toBe('approval_invalid')
  })

  it.each<[string, Approval, string]>([
    ['late', approved({ usableUntil: at(0) }), 'approval_invalid'],
    ['used', approved({ state: 'used' }), 'approval_invalid'],
    ['over', approved({ state: 'expired' }), 'approval_invalid'],
    ['cancelled', approved({ state: 'cancelled' }), 'approval_invalid'],
    ['denied', approved({ state: 'denied' }), 'approval_denied'],
    ['waiting', approved({ state: 'pending', usableUntil: null }), 'approval_required'],
    ['never answered', approved({ state: 'pending', usableUntil: null, endsAt: at(0) }), 'approval_invalid'],
    ['without a word', approved({}, { answers: [] }), 'approval_invalid'],
    ['by one of two', approved({ level: 'two-person' }), 'approval_invalid'],
    ['of a change', approved({ work: null }), 'approval_invalid'],
  ])('%s: %#', async (_, approval, code) => {
    expect(await fit(approval)).toBe(code)
  })

  it.each<[string, Partial<Approval>]>([
    ['longer', { answers: approved().answers.map((answer) => ({ ...answer, expiry: at(500) })) }],
    ['another question', { nonce: 'another' }],
    [
      'other facts',
      { subject: { kind: 'call', requests: [request('a'), request('b', { factsHash: 'x' })] } },
    ],
    ['more requests', { subject: { kind: 'call', requests: [request('a'), request('b'), request('c')] } }],
    ['fewer persons', { level: 'two-person' }],
    ['another key', { work: { ...WORK, jkt: 'other' } as never }],
  ])('signed was something else: %s', async (_, unsigned) => {
    expect(await fit(approved({}, unsigned))).toBe('approval_invalid')
  })

  it.each<[string, World]>([
    ['is disabled', { noa: { disabled: true } }],
    ['is no approver any more', { noa: { roles: ['admin'] } }],
    ['has another passkey', { passkey: { id: 'other' } }],
    ['lost it to somebody else', { passkey: { user: 'mia' } }],
  ])('whoever approved %s: invalid', async (_, world) => {
    expect(await fit(approved(), QUESTION, world)).toBe('approval_invalid')
  })

  it('a row that is not ours is no approval (I13)', async () => {
    expect(await fit(approved(), QUESTION, { tampered: true })).toBe('tampered')
  })
})
