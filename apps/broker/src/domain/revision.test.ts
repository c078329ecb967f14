import { expect, it } from 'vitest'
import { revisionOf } from './revision.ts'
import type { ConfigSnapshot } from './snapshot.ts'

const of = (rows: object) => ({ rows: { anchors: [], ...rows } }) as unknown as Pick<ConfigSnapshot, 'rows'>
const entry = (row: object) => ({ row, intact: true })
const root = { name: 'db', owner: 'mia', service: null, reach: ['a'], checkedAt: '2026-01-01' }
const revision = (row: object) => revisionOf(of({ roots: [entry(row)] }), 'roots', 'db')

it('moves with what people say of an object, and with nothing else', () => {
  expect(revision({ ...root, owner: 'noa' })).not.toBe(revision(root))
  expect(revision({ ...root, reach: ['b'], checkedAt: '2026-02-02' })).toBe(revision(root))
  const beside = of({ roots: [entry({ ...root, name: 'other' }), entry(root)] })
  expect(revisionOf(beside, 'roots', 'db')).toBe(revision(root))
  expect(revisionOf(beside, 'roots', 'nothing')).toBe('none')
})

it('of an environment moves with its anchors, in whatever order they are read', () => {
  const staging = entry({ name: 'staging', tier: 'standard', recoveryGroup: 'staging' })
  const anchor = (id: string, environment = 'staging') =>
    entry({ vendor: 'http', id, environment, shared: false })
  const at = (...anchors: object[]) =>
    revisionOf(of({ environments: [staging], anchors }), 'environments', 'staging')
  expect(at(anchor('a'), anchor('b'))).toBe(at(anchor('b'), anchor('a'), anchor('c', 'production')))
  expect(at(anchor('a'))).not.toBe(at())
})
