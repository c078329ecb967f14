import { describe, expect, it } from 'vitest'
import type { Approval } from '../../domain/approval.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Passkey } from '../../ports/people.ts'
import { whyNot } from './who-may-answer.ts'

const INVITED: Readonly<Record<string, string | null>> = { mia: null, noa: null, ben: 'mia', eva: 'user:noa' }
const snapshot = {
  user: (name: string) => ({ name, invitedBy: INVITED[name] ?? null }),
} as unknown as ConfigSnapshot
const passkeyOf = (user: string, invitedBy: string | null) => ({ user, invitedBy }) as Passkey

interface Case {
  readonly level?: Approval['level']
  readonly requester?: string
  readonly answered?: readonly string[]
  readonly passkeys?: readonly Passkey[]
}

const why = (user: string, { level = 'two-person', requester, answered = [], passkeys = [] }: Case) =>
  whyNot(
    {
      level,
      work: requester === undefined ? { owner: 'mia' } : null,
      requester: requester ?? 'agent:fixer',
      answers: answered.map((name) => ({ user: name, verdict: 'approve' })),
    } as unknown as Approval,
    user,
    snapshot,
    passkeys,
  )

describe('who may answer (I4)', () => {
  it.each<[string, string, Case]>([
    ['one person: the owner of the agent', 'mia', { level: 'passkey' }],
    ['one person: whoever asks for a change', 'mia', { level: 'passkey', requester: 'user:mia' }],
    ['two: somebody else as the first', 'noa', {}],
    ['two: another somebody else as the second', 'ben', { answered: ['noa'] }],
  ])('%s may', (_, user, one) => {
    expect(why(user, one)).toBeUndefined()
  })

  it.each<[string, string, Case]>([
    ['the same person twice', 'noa', { answered: ['noa'] }],
    ['the owner, as the first', 'mia', {}],
    ['the owner, as the second', 'mia', { answered: ['noa'] }],
    ['whoever asks for a change', 'noa', { requester: 'user:noa' }],
    ['one whose account the first set up', 'eva', { answered: ['noa'] }],
    ['one who set up the account of the first', 'noa', { answered: ['eva'] }],
    [
      'one whose passkey the first invited',
      'ben',
      { answered: ['noa'], passkeys: [passkeyOf('ben', 'user:noa')] },
    ],
    [
      'one who invited a passkey of the first',
      'noa',
      { answered: ['ben'], passkeys: [passkeyOf('ben', 'user:noa')] },
    ],
  ])('of two: %s may not, and is told why', (_, user, one) => {
    expect(why(user, one)).toEqual(expect.any(String))
  })
})
