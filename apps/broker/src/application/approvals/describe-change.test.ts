import { expect, it } from 'vitest'
import type { Policy, Root, User } from '../../domain/config.ts'
import type { RowChange } from '../../domain/config-diff.ts'
import { changeHash, changeLines } from './describe-change.ts'

const root = (rest: Partial<Root> = {}): Root => ({
  name: 'orders',
  source: 'files',
  disabled: false,
  provider: 'p',
  state: 'usable',
  declaredEnvironment: 'production',
  owner: 'mia',
  service: null,
  onCall: null,
  recovery: {},
  identity: 'minter',
  reach: ['x'],
  unclaimed: [],
  findings: [],
  version: 1,
  fingerprint: 'f1',
  addedAt: '2026-01-01T00:00:00.000Z',
  checkedAt: '2026-01-01T00:00:00.000Z',
  ...rest,
})
const user = (name: string, roles: User['roles']): User => ({
  name,
  source: 'files',
  disabled: false,
  roles,
  invitedBy: null,
})
const policy = (text: string): Policy => ({ name: 'p.cedar', text, source: 'files' })
const added = (after: Root): RowChange => ({ table: 'roots', before: undefined, after })

it('I4c: the same change has the same hash, however and whenever it is asked', () => {
  const first = added(root())
  const later = added(root({ version: 7, addedAt: '2026-02-02T00:00:00.000Z', checkedAt: 'later' }))
  const other: RowChange = { table: 'users', before: undefined, after: user('eve', ['viewer']) }
  expect(changeHash([first, other])).toBe(changeHash([other, later]))
})

it('I4c: another credential, another row, another value or one change more is another question', () => {
  const eve: RowChange = { table: 'users', before: undefined, after: user('eve', ['viewer']) }
  const hashes = [
    [added(root())],
    [added(root({ fingerprint: 'f2' }))],
    [added(root({ owner: 'noa' }))],
    [added(root({ name: 'others' }))],
    [added(root()), eve],
    [{ table: 'roots' as const, before: root({ owner: 'noa' }), after: root() }],
    [{ table: 'roots' as const, before: root() }],
  ].map((changes) => changeHash(changes as RowChange[]))
  expect(new Set(hashes).size).toBe(hashes.length)
})

it('the approver reads each change, what widens marked and each line of a policy that comes or goes', () => {
  const changes: RowChange[] = [
    { table: 'users', before: user('eve', ['viewer']), after: user('eve', ['viewer', 'approver']) },
    {
      table: 'policies',
      before: policy('permit(principal, action, resource)\nwhen { a };\n'),
      after: policy('permit(principal, action, resource);\n'),
    },
    {
      table: 'policies',
      before: undefined,
      after: { ...policy('forbid(principal, action, resource);'), name: 'q.cedar' },
    },
    { table: 'users', before: user('noa', ['admin']), after: { ...user('noa', ['admin']), disabled: true } },
  ]
  expect(changeLines(changes, ({ before }) => (before as User | undefined)?.name === 'eve')).toEqual([
    '~ user eve  (widens)',
    '    roles: ["viewer"] → ["viewer","approver"]',
    '~ policy p.cedar',
    '    text:',
    '      − permit(principal, action, resource)',
    '      − when { a };',
    '      + permit(principal, action, resource);',
    '+ policy q.cedar',
    '    text:',
    '      + forbid(principal, action, resource);',
    '− user noa',
    '    disabled: false → true',
  ])
})

it('the approver reads that files take an object over', () => {
  const eve = user('eve', ['viewer'])
  const taken: RowChange = { table: 'users', before: { ...eve, source: 'api' }, after: eve }
  expect(changeLines([taken], () => true)).toEqual(['~ user eve  (widens)', '    source: api → files'])
})
