import { expect, it } from 'vitest'
import { request, source } from '../test/requests.ts'
import { compilePolicies } from './compile.ts'
import { decide } from './decide.ts'
import { sliceFor, wholeSet } from './slice.ts'

const TEAMS = Array.from({ length: 40 }, (_, i) => `team${i}`)
const set = compilePolicies([
  source(
    ...TEAMS.map(
      (team, i) =>
        `@id("${team}") permit(principal in Team::"${team}", action, resource) when { context.ttlSeconds != ${i} };`,
    ),
  ),
])
const as = (teams: string[], ttlSeconds = 900) =>
  request({ agent: { ...request().agent, teams }, ttlSeconds })

it('a large set is asked only about what can concern the request', () => {
  const slice = sliceFor(set.index, as(['team7', 'team3']))
  const own = slice.policies.filter(({ guardrail }) => !guardrail).map(({ id }) => id)
  expect(own).toEqual(['team3', 'team7'])
  expect(sliceFor(set.index, as(['team3', 'team7'])).key).toBe(slice.key)
})

it('more selections than are kept are still decided rightly, the forgotten ones too', () => {
  const pairs = TEAMS.flatMap((a, i) => TEAMS.slice(i + 1).map((b) => [a, b])).slice(0, 540)
  for (const pair of pairs)
    expect(decide(set, as(pair))).toEqual({ verdict: 'permit', policies: [...pair].sort() })
  for (const pair of [...pairs.slice(0, 20), ...pairs.slice(-20)])
    for (const ttlSeconds of [0, 1, 39])
      expect(decide(set, as(pair, ttlSeconds))).toEqual(
        decide(set, as(pair, ttlSeconds), wholeSet(set.index)),
      )
})
