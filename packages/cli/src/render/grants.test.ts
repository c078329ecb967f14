import type { GrantView } from '@credbroker/core/wire/tasks'
import { expect, it } from 'vitest'
import { refusals } from './grants.ts'

const grant = (rest: Partial<GrantView>): GrantView => ({
  scope: 'railway',
  environment: 'staging',
  access: ['read'],
  state: 'active',
  ...rest,
})

it('says nothing of what was granted whole', () => {
  expect(refusals([grant({})])).toBe('')
})

it('says why a level of a granted scope is not there, and what a scope waits for', () => {
  const denied = [{ access: 'delete', code: 'denied', reason: 'Never by an agent.' }] as const
  const waits = {
    state: 'pending',
    code: 'approval_required',
    reason: 'It writes',
    required: ['approval:passkey'],
  } as const
  expect(
    refusals([
      grant({ denied_access: [...denied] }),
      grant({ scope: 'orders-rw', ...waits, required: [...waits.required] }),
    ]),
  ).toBe(
    [
      'denied: delete of railway · Never by an agent.',
      'pending: orders-rw · approval_required · It writes',
      '  needs: approval:passkey',
      '',
    ].join('\n'),
  )
})
