import { randomFillSync } from 'node:crypto'
import { generateClientKey } from '@credbroker/core/client-key'
import { Secret } from '@credbroker/core/secret'
import { expect, it } from 'vitest'
import { BrokerApiError, BrokerUnreachableError } from './errors.ts'
import { systemIo } from './io.ts'
import { principalToken } from './principal-token.ts'
import type { Call, Transport } from './transport.ts'

const key = generateClientKey()
const over = new BrokerApiError({ status: 401, code: 'unauthenticated' })

/** A broker that answers as said, in turn, and remembers by what it was asked. */
function setUp(...answers: (Error | 'token')[]) {
  const asked: string[] = []
  let now = Date.UTC(2026, 10, 22)
  const transport = {
    async call({ body }: Call) {
      const assertion = (body as URLSearchParams).get('assertion') ?? ''
      asked.push(assertion.startsWith('platform') ? assertion : 'key')
      const answer = answers.shift() ?? 'token'
      if (answer instanceof Error) throw answer
      return { access_token: `token-${asked.length}`, token_type: 'DPoP', expires_in: 300 }
    },
  }
  let given = 0
  const identity = {
    principal: 'agent:fixer' as const,
    issuer: 'https://broker.example',
    key,
    workload: async () => new Secret(`platform-${++given}`),
  }
  const io = {
    ...systemIo,
    now: () => new Date(now),
    random: (bytes: Uint8Array<ArrayBuffer>) => randomFillSync(bytes),
  }
  const token = principalToken(identity, transport as unknown as Transport, io)
  return {
    asked,
    later: (seconds: number) => {
      now += seconds * 1000
    },
    token,
  }
}

it('a workload shows its platform’s token once, and lets its key sign while that is lent', async () => {
  const { asked, token, later } = setUp()
  await Promise.all([token(), token()])
  later(100)
  await token()
  expect(asked).toEqual(['platform-1'])
  later(200)
  await token()
  expect(asked).toEqual(['platform-1', 'key'])
})

it('it shows a fresh one when the key is over, and never one twice', async () => {
  const { asked, token, later } = setUp('token', over)
  await token()
  later(300)
  await token()
  expect(asked).toEqual(['platform-1', 'key', 'platform-2'])
})

it('it repeats the same one where no answer came, since the broker may have taken it', async () => {
  const { asked, token } = setUp(new BrokerUnreachableError('lost'))
  await token()
  expect(asked).toEqual(['platform-1', 'platform-1'])
})

it('what the broker refuses is not asked again', async () => {
  const { asked, token } = setUp(new BrokerApiError({ status: 400, code: 'invalid_token' }))
  await expect(token()).rejects.toMatchObject({ code: 'invalid_token' })
  expect(asked).toEqual(['platform-1'])
})
