import { expect, it } from 'vitest'
import { EVERYTHING, source } from '../test/requests.ts'
import { compilePolicies } from './compile.ts'
import { type CaseFile, runCases } from './test-cases.ts'

const set = compilePolicies([source(EVERYTHING)])
const base = { agent: 'fixer', scope: 'orders', environment: 'staging', tier: 'standard' }
const run = (expected: CaseFile['expect'], content: unknown) =>
  runCases(set, [{ expect: expected, file: 'case.yaml', content }])[0]

it('a case passes where the folder says what the policies say', () => {
  expect(run('PERMIT', { ...base, name: 'reads', access: 'read' })).toEqual({
    file: 'case.yaml',
    name: 'reads',
    passed: true,
  })
  expect(run('DENY', { ...base, access: 'delete', needs: 'passkey' })?.passed).toBe(true)
  expect(run('DENY', { ...base, access: 'read', task: { environment: 'production' } })?.passed).toBe(true)
})

it.each([
  ['what is permitted stands in DENY', 'DENY', { access: 'read' }, 'expected deny, came permit'],
  [
    'what is denied stands in PERMIT',
    'PERMIT',
    { access: 'read', task: { environment: 'x' } },
    'expected permit, came deny',
  ],
  [
    'it waits for an approval that the case does not mention',
    'DENY',
    { access: 'delete' },
    'came approval (passkey)',
  ],
  [
    'it waits for less than the case says',
    'DENY',
    { access: 'delete', needs: 'two-person' },
    'came approval (passkey)',
  ],
  ['another policy decided', 'PERMIT', { access: 'read', decidedBy: 'something-else' }, 'was by everything'],
  ['a permit is said to need something', 'PERMIT', { access: 'read', needs: 'passkey' }, 'belongs to DENY'],
  ['a field is unknown', 'DENY', { access: 'read', enviroment: 'x' }, 'enviroment'],
  ['a sandbox is said without a scan', 'DENY', { access: 'read', sandbox: true }, 'said with scan'],
  ['neither access nor operation is there', 'DENY', {}, 'access or operation'],
  ['the operation is unknown', 'PERMIT', { operation: 'railway:gone' }, 'known-requests'],
] as const)('a case fails, and says why, where %s', (_, expected, change, message) => {
  const result = run(expected, { ...base, ...change })
  expect(result?.passed).toBe(false)
  expect(result?.message).toContain(message)
})
