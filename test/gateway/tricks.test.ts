import { REFUSALS } from '@credbroker/connectors/refusals'
import { buildSchema, graphqlSync } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Received } from '../harness/upstream.ts'
import type { Case, Cases } from './cases/case.ts'
import { DOCUMENTS, ENVELOPES, SDL } from './cases/graphql.ts'
import { BODIES, HEADERS, METHODS, PATHS, QUERIES } from './cases/rest.ts'
import { type RawAnswer, sendRaw } from './raw.ts'
import { type ApiWorld, ROOT, startApiWorld, type Work } from './world.ts'

let world: ApiWorld
let task: Work
beforeAll(async () => {
  world = await startApiWorld()
  task = await world.task(['cases', 'cases-graph'])
}, 180_000)
afterAll(() => world?.stop())
beforeEach(() => world.vendor.forget())

/** A vendor is sent these and nothing else of a client's. */
const SENT = [
  'accept',
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'host',
  'user-agent',
] // prettier-ignore

const schema = buildSchema(SDL)

/** What the vendor's own executor calls for what it received. */
function executed({ body }: Received): unknown {
  const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> }
  const called: unknown[] = []
  graphqlSync({
    schema,
    source: query,
    ...(variables && { variableValues: variables }),
    fieldResolver: (_, given, __, { path, fieldName }) => {
      if (path.prev === undefined) called.push([fieldName, JSON.parse(JSON.stringify(given))])
      return null
    },
  })
  return called
}

function expectVerdict(answer: RawAnswer, { verdict }: Case): void {
  const { hits } = world.vendor
  if (verdict === 'framing') {
    expect(answer.status === 0 || answer.status === 400, answer.head).toBe(true)
    expect(hits).toEqual([])
  } else if (typeof verdict === 'string') {
    expect(answer.body, `${answer.status}`).toContain(
      verdict === 'unclassified' ? '"code":"operation_unclassified"' : '"code":"call_refused"',
    )
    expect(JSON.parse(answer.body).detail).toContain(REFUSALS[verdict])
    expect(hits).toEqual([])
  } else {
    expect(answer.status, answer.body).toBe(200)
    expect(hits).toHaveLength(1)
    const [hit] = hits as [Received]
    expect({ method: hit.method, target: hit.target }).toEqual({
      method: verdict.method,
      target: verdict.target,
    })
    if (Array.isArray(verdict.body)) expect(executed(hit)).toEqual(verdict.body)
    else expect(hit.body).toBe(verdict.body === undefined ? '' : JSON.stringify(verdict.body))
    expect(SENT).toEqual(expect.arrayContaining(hit.headers.map(([name]) => name.toLowerCase())))
    expect(hit.header('authorization')).toBe(`Bearer ${ROOT}`)
    expect(hit.header('host')).toBe(world.vendor.host)
  }
}

describe.each<[string, string, Cases]>([
  ['paths', 'cases', PATHS],
  ['queries', 'cases', QUERIES],
  ['headers', 'cases', HEADERS],
  ['bodies', 'cases', BODIES],
  ['methods', 'cases', METHODS],
  ['GraphQL documents', 'cases-graph', DOCUMENTS],
  ['GraphQL envelopes', 'cases-graph', ENVELOPES],
])('through the whole server: %s', (_, scope, cases) => {
  it.each(Object.entries(cases))('%s', async (_what, one) => {
    const answer = await sendRaw(world.broker, { key: task.who.key, token: task.token, scope }, one)
    expectVerdict(answer, one)
    expect(answer.body).not.toContain(ROOT)
  })
})

it('a target in absolute form goes nowhere else', async () => {
  const answer = await sendRaw(
    world.broker,
    { key: task.who.key, token: task.token, scope: 'cases' },
    { target: '/v1/orders', verdict: 'framing' },
    'https://elsewhere.example',
  )
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(world.vendor.hits).toEqual([])
})
