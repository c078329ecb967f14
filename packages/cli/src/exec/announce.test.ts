import { apiError, BrokerUnreachableError } from '@credbroker/sdk/errors'
import type { Grant } from '@credbroker/sdk/grant'
import { expect, it } from 'vitest'
import { failed, guessed, refused, started } from './announce.ts'

const grant = (rest: Partial<Grant>): Grant => ({
  scope: 'orders-ro',
  environment: 'staging',
  access: ['read'],
  state: 'active',
  ...rest,
})
const endsAt = new Date('2026-11-22T12:00:00Z')
const task = { id: 'tsk_1', environment: 'staging', endsAt, grants: [grant({})] }

it('names what is withheld, and counts where the names are many', () => {
  const text = (...withheld: string[]) => started(task, new Map(), withheld).text
  expect(text()).not.toContain('withheld')
  expect(text('PGPASSWORD', 'A')).toMatch(/; withheld: PGPASSWORD, A$/)
  expect(text('A', 'B', 'C', 'D', 'E')).toMatch(/; withheld: A, B, C and 2 more$/)
})

it('says which levels of a scope the run does not have', () => {
  const deniedAccess = [{ access: 'delete', code: 'denied', reason: 'Never by an agent.' }] as const
  const { text, fields } = started({ ...task, grants: [grant({ deniedAccess })] }, new Map(), [])
  expect(text).toBe('task tsk_1 in staging: orders-ro (read, no delete)')
  expect(fields['grants']).toMatchObject([{ denied_access: deniedAccess }])
})

it('says when the task is over sooner than was asked', () => {
  const text = (asked: string) => started(task, new Map(), [], new Date(asked)).text
  expect(text('2026-11-22T12:00:01Z')).not.toContain('sooner')
  expect(text('2026-11-26T12:00:00Z')).toContain('sooner than asked')
})

it('says which of several scopes gh and docker get where nothing decides it, and how to choose', () => {
  const { text, fields } = guessed({ host: 'github.com', scopes: ['shop', 'docs'] })
  expect(text).toMatch(
    /^at github\.com gh and docker get shop, and not docs: to choose, name its scope first/,
  )
  expect(fields).toEqual({ host: 'github.com', scope: 'shop', others: ['docs'] })
})

it('ends a denial with what to do next, once', () => {
  const grants = ['orders-ro', 'orders-rw'].map((scope) =>
    grant({ scope, state: 'denied', code: 'environment_mismatch', reason: 'elsewhere' }),
  )
  expect(refused(grants).text).toBe(
    'denied: orders-ro: elsewhere; orders-rw: elsewhere · Start a task in the environment of the scope, and check how that is spelt.',
  )
})

it('is a denial with code 3 also where OAuth makes it a 400', () => {
  const error = apiError({
    status: 400,
    code: 'forbidden',
    title: 'This agent is disabled',
    retryable: false,
  })
  expect(failed(error)).toMatchObject({ event: 'refused', exitCode: 3 })
})

it('says where to look when nobody answers', () => {
  expect(failed(new BrokerUnreachableError('no connection')).text).toContain('broker doctor')
})
