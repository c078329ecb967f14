import type { Json } from '@credbroker/core/canonical-json'
import { describe, expect, it } from 'vitest'
import type { Approval, AskedRequest } from '../../domain/approval.ts'
import { doesTheSame } from './same-work.ts'

let hashes = 0
const asked = (name: string, given: { readonly [name: string]: Json }, body = `{"query":"${++hashes}"}`) =>
  ({
    requestHash: `hash ${++hashes}`,
    operations: [{ name, arguments: given }],
    request: { method: 'POST', target: '/graphql', body },
  }) as unknown as AskedRequest
const approval = (...requests: AskedRequest[]) =>
  ({ work: { root: 'account', scope: 'a' }, subject: { kind: 'call', requests } }) as unknown as Approval

describe('what was denied is recognised by what it does (I4)', () => {
  const drop = asked('volumeDelete', { volumeId: 'v1' })

  it.each<[string, AskedRequest]>([
    ['the same bytes', drop],
    ['another alias or selection', asked('volumeDelete', { volumeId: 'v1' })],
    ['a nothing in place of an absent argument', asked('volumeDelete', { volumeId: 'v1', at: null })],
    [
      'one more operation beside it',
      { ...drop, requestHash: 'x', operations: [...drop.operations, { name: 'b', arguments: {} }] },
    ],
    ['another name for the same request', { ...asked('other', {}), request: drop.request }],
  ])('%s', (_, again) => {
    expect(doesTheSame(approval(asked('a', {}), drop), 'account', [asked('b', {}), again])).toBe(true)
  })

  it.each<[string, string, AskedRequest]>([
    ['another argument', 'account', asked('volumeDelete', { volumeId: 'v2' })],
    ['another operation', 'account', asked('volumeUpdate', { volumeId: 'v1' })],
    ['another root', 'other', asked('volumeDelete', { volumeId: 'v1' })],
    [
      'a request of which only the beginning is known',
      'account',
      { ...asked('b', {}), request: { ...drop.request, body: 'x'.repeat(4000) } },
    ],
  ])('but not %s', (_, root, other) => {
    const long = { ...asked('c', {}), request: { ...drop.request, body: 'x'.repeat(4000) } }
    expect(doesTheSame(approval(drop, long), root, [other])).toBe(false)
  })
})
