import { apiError } from '@credbroker/sdk/errors'
import { expect, it } from 'vitest'
import { explained } from './explained.ts'
import { toReport } from './render/report.ts'

const told = (status: number, code: 'not_found' | 'forbidden' | 'conflict', path: string, detail?: string) =>
  toReport(
    explained(
      apiError({ status, code, retryable: false, request_id: 'req_1', ...(detail && { detail }) }),
      path,
      'agent:fixer',
    ),
  )

it('says what kind of thing is not there and which command lists them, without repeating what was typed', () => {
  const report = told(404, 'not_found', '/v1/roots/hunter2', 'No such thing here, or not yours to see')
  expect(report).toMatchObject({
    code: 'not_found',
    detail: 'There is no such root',
    todo: '`broker root list` shows what there is.',
    request_id: 'req_1',
  })
  expect(JSON.stringify(report)).not.toContain('hunter2')
})

it('keeps what the broker says where it says more', () => {
  expect(told(404, 'not_found', '/v1/grants/grt_1', 'No living grant has this id').detail).toBe(
    'No living grant has this id',
  )
})

it('says who one is where that identity may not', () => {
  expect(told(403, 'forbidden', '/v1/environments', 'This is for people, not for agents').todo).toContain(
    'You are agent:fixer here.',
  )
})

it('leaves other failures as they are', () => {
  const conflict = apiError({ status: 409, code: 'conflict', retryable: false })
  expect(explained(conflict, '/v1/roots', 'user:mia')).toBe(conflict)
})
