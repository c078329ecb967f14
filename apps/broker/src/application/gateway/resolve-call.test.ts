import type { Resolution } from '@credbroker/connectors/connector'
import { redactor } from '@credbroker/connectors/redaction/redactor'
import { Secret } from '@credbroker/core/secret'
import { describe, expect, it } from 'vitest'
import { resolveCall } from './resolve-call.ts'

const KEY = 'sk_live_0123456789'

function resolving(found: Resolution): Promise<Resolution> {
  const secret = new Secret(KEY)
  const story = {
    caller: { kind: 'task', name: 'fixer' },
    scope: 'api',
    method: 'GET',
    live: {
      connector: 'http',
      scope: { root: 'api' },
      root: { version: 1 },
      task: { agent: 'fixer' },
      grant: { id: 'g' },
      environment: { name: 'staging' },
    },
    read: {
      connector: { is: { redact: redactor, resolve: async () => found } },
      operations: [{ name: 'item', arguments: {} }],
      access: ['read'],
      touches: [],
      erases: [],
      requestHash: 'h',
    },
  }
  const deps = { record: { intent: () => ({ id: 'i', record: {} }) } }
  const root = {
    upstream: { origin: 'https://api.test', credential: { authorization: secret } },
    secrets: [secret],
  }
  const proof = { take: async () => {} }
  return resolveCall(deps as never, story as never, proof, root, new AbortController().signal)
}

describe('a vendor that names things after the credential it was shown (I1)', () => {
  it('is not believed where the thing lies: anchors are written down as they are', async () => {
    expect(await resolving({ is: 'resolved', anchors: [`api.test/staging/${KEY}`], facts: {} })).toEqual({
      is: 'unresolved',
    })
  })

  it('is repeated without it in what it says otherwise', async () => {
    const anchors = ['api.test/staging'] as const
    const facts = { name: `a ${KEY}`, names: [KEY], count: 1 }
    expect(await resolving({ is: 'resolved', anchors, facts })).toEqual({
      is: 'resolved',
      anchors,
      facts: { name: 'a [secret]', names: ['[secret]'], count: 1 },
    })
  })
})
