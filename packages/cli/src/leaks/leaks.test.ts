import { Secret } from '@credbroker/core/secret'
import type { LeakMatch } from '@credbroker/core/wire/leaks'
import { describe, expect, it } from 'vitest'
import { broker } from '../../test/asked.ts'
import { endedText, endFound } from './end-found.ts'
import { tellBroker } from './tell-broker.ts'

const found = (value: string) => ({ value: new Secret(value), kind: 'generic', where: 'notes.txt:3' })
const unknown = { match: 'unknown' } as const
const root = {
  match: 'root',
  root: 'orders-db',
  owner: 'mia',
  environments: ['staging'],
  provider: 'postgres-role',
  version: 1,
  state: 'current',
  end: 'rotate',
} as const satisfies LeakMatch

describe('what was found is told to the broker', () => {
  it('in reports of a bounded size, and each answer comes back to its finding', async () => {
    const { client, asked } = broker(({ findings }) => ({
      findings: (findings as { value: string }[]).map(({ value }) =>
        value === 'the-root-itself' ? root : unknown,
      ),
    }))
    const many = Array.from({ length: 150 }, () => found('x'.repeat(1000)))
    const all = [...many, found('short'), found('the-root-itself'), found('y'.repeat(20_000))]
    const matches = await tellBroker(client, all, false)
    expect(matches?.map(({ match }) => match)).toEqual([
      ...many.map(() => 'unknown'),
      'unknown',
      'root',
      'unknown',
    ])
    expect(asked.length).toBeGreaterThan(2)
    for (const { body } of asked) expect(JSON.stringify(body).length).toBeLessThan(100_000)
  })

  it('and nothing is made of an answer that says nothing', async () => {
    const { client } = broker(() => ({ accepted: 1 }))
    expect(await tellBroker(client, [found('a-secret-value')], false)).toBeUndefined()
  })
})

describe('what is known ends', () => {
  it('a root once, however many copies of it lie around', async () => {
    const { client, asked } = broker(() => ({ name: 'orders-db' }))
    const ended = await endFound(client, [root, root, { ...root, root: 'api', end: 'replace' }])
    expect(asked.map(({ path }) => path)).toEqual(['/v1/roots/orders-db/rotate'])
    expect(ended.map(endedText)).toEqual([
      'root orders-db of mia, staging: rotated, this copy is dead',
      'root orders-db of mia, staging: rotated, this copy is dead',
      'root api of mia, staging: it lives, and its vendor has no rotation: make a new one there, then broker root replace api',
    ])
  })

  it('or the reason is said why not', async () => {
    const { client } = broker(() => {
      throw new Error('this needs the role operator')
    })
    const [ended] = await endFound(client, [root])
    expect(ended && endedText(ended)).toContain('not rotated: this needs the role operator')
  })
})
