import { isAuthorized, validate } from '@cedar-policy/cedar-wasm/nodejs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OPERATIONS, policies, requests } from '../test/arbitraries.ts'
import { source } from '../test/requests.ts'
import { refusal } from './check-request.ts'
import { compilePolicies, type PolicySet } from './compile.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import { encode } from './encode.ts'
import { CONTEXT_LEAVES, type Mentions } from './mentions.ts'
import { createDecider } from './reuse.ts'
import { schemaText } from './schema.ts'
import { sliceFor, wholeSet } from './slice.ts'

const everything: Mentions = { leaves: new Set(CONTEXT_LEAVES), facts: 'all' }
/** For nobody who asks, so that every slice leaves something out. */
const OTHERS = '@id("others") permit(principal in Team::"others", action, resource);'
const compile = (texts: string[]): PolicySet => compilePolicies([source(...texts, OTHERS)], OPERATIONS)

describe('the shortcuts change no answer', () => {
  it('a slice decides as the whole set does, every context attribute included', () => {
    const verdicts = new Set<string>()
    fc.assert(
      fc.property(policies, fc.array(requests, { minLength: 1, maxLength: 12 }), (texts, asked) => {
        const set = compile(texts)
        for (const request of asked) {
          const slice = sliceFor(set.index, request, 0)
          expect(slice.policies.map(({ id }) => id)).not.toContain('others')
          const whole = decide({ ...set, mentions: everything }, request, wholeSet(set.index))
          const sliced = decide(set, request, slice)
          // A source that is no address is noticed only where a policy reads it.
          if (request.source !== 'nowhere') expect(sliced).toEqual(whole)
          expect(sliced).toEqual(decide(set, request, wholeSet(set.index)))
          verdicts.add(sliced.verdict)
        }
      }),
      { numRuns: 60 },
    )
    expect([...verdicts].sort()).toEqual(['approval', 'deny', 'permit'])
  })

  it('a reused answer is the answer decided afresh', () => {
    let reused = 0
    const seen = new Set<Decision>()
    fc.assert(
      fc.property(policies, fc.array(requests, { minLength: 20, maxLength: 60 }), (texts, asked) => {
        const set = compile(texts)
        const decider = createDecider(set, { maxEntries: 16 })
        for (const request of [...asked, ...asked.slice(-4)]) {
          const answer = decider.decide(request)
          if (seen.has(answer)) reused++
          seen.add(answer)
          expect(answer).toEqual(decide(set, request))
        }
      }),
      { numRuns: 15 },
    )
    expect(reused).toBeGreaterThan(0)
  })

  it('near neighbours do not share an answer: one changed value at a time', () => {
    fc.assert(
      fc.property(policies, requests, requests, (texts, one, other) => {
        const set = compile(texts)
        const decider = createDecider(set)
        decider.decide(one)
        for (const field of Object.keys(one) as (keyof typeof one)[]) {
          const neighbour = { ...one, [field]: other[field] }
          expect(decider.decide(neighbour)).toEqual(decide(set, neighbour))
        }
      }),
      { numRuns: 20 },
    )
  })
})

it('every request we encode is one that the schema allows', () => {
  const set = compile(['permit(principal, action, resource);'])
  const schema = schemaText(set.words)
  fc.assert(
    fc.property(requests, (request) => {
      fc.pre(refusal(set.words, request) === undefined && request.source !== 'nowhere')
      const { entities, ...asked } = encode(set.words, everything, request)
      const answer = isAuthorized({
        ...asked,
        // The schema itself says what belongs to an action.
        entities: entities.filter(({ uid }) => !('type' in uid) || uid.type !== 'Action'),
        policies: { staticPolicies: {} },
        schema,
        validateRequest: true,
      })
      expect(answer).toMatchObject({ type: 'success' })
    }),
    { numRuns: 150 },
  )
  const probe = (id: string, group: string) =>
    validate({
      schema,
      policies: {
        staticPolicies: {
          p: `permit(principal, action == Action::"${id}", resource) when { action in Action::"${group}" && context.nothing };`,
        },
      },
    })
  // The groups we send are the groups the schema knows: inside one, the condition's fault is found.
  for (const [id, groups] of [
    ['railway:volumeDelete', ['delete', 'dangerous']],
    ['railway:deploy', ['write']],
    ['secret', ['dangerous']],
  ] as const)
    for (const group of groups)
      expect(probe(id, group)).toMatchObject({ validationErrors: [{ policyId: 'p' }] })
})
