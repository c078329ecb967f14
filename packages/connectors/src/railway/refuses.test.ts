import { describe, expect, it } from 'vitest'
import { refusesProjectToken } from './refuses.ts'

const PROJECT = '6f6b1a3e-2c0d-4b7e-9a53-0d8f2f6f1c11'
const notAuthorized = { errors: [{ message: 'Not Authorized' }], data: null }

const refused = (answer: unknown, status = 200) =>
  refusesProjectToken({
    host: 'backboard.railway.com',
    read: async () => ({ status, body: typeof answer === 'string' ? answer : JSON.stringify(answer) }),
  })

describe('a project token is unknown to Railway', () => {
  it('where it may not even ask what it is for, though that is said with status 200', async () => {
    expect(await refused(notAuthorized)).toBe(true)
  })

  it.each([
    ['where it is told', { data: { a: { projectId: PROJECT } } }],
    ['where something else is wrong', { data: null, errors: [{ message: 'Problem processing request' }] }],
    ['where something else is wrong as well', { errors: [...notAuthorized.errors, { message: 'x' }] }],
    ['where there is no answer in the vendor’s form', '<html>Not Authorized</html>'],
  ])('and not %s', async (_, answer) => {
    expect(await refused(answer)).toBe(false)
  })

  it('and not by another status', async () => {
    expect(await refused(notAuthorized, 503)).toBe(false)
  })
})
