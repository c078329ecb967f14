import { createHash } from 'node:crypto'
import { Secret } from '@credbroker/core/secret'
import { describe, expect, it } from 'vitest'
import { bytes, type Data, decoded, vectors } from '../test/vectors.ts'
import type { Approval } from './approval.ts'
import { Broker } from './broker.ts'
import type { Grant } from './grant.ts'
import type { Task } from './task.ts'

// The Python SDK has the same conversations: sdks/python/tests/test_exchanges.py.
const { bodies, begin, stories } = vectors('exchanges')
const { key } = vectors('proofs')

interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: string
}

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly text?: string
}

/** What a step gives to its verb. */
interface Given {
  readonly scope: string
  readonly scopes: readonly string[]
  readonly ttl?: string | number
  readonly idempotency_key?: string
  readonly method: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly json?: Record<string, unknown>
  readonly wait?: false
  readonly approval_id?: string
  readonly wait_for?: number
}

interface Expected extends Pick<Asked, 'method' | 'path'> {
  readonly token?: string
  readonly nonce?: string | null
  readonly headers?: Record<string, string>
  readonly body?: object
  readonly form?: object
}

/** A broker that says what it is told, in turn. */
function stage() {
  const state = { now: 0, answers: [] as (Answer | string)[], asked: [] as Asked[], sleeps: [] as number[] }
  const send = async (
    url: string,
    init: { method: string; headers: Record<string, string>; redirect: string; body?: unknown },
  ) => {
    const { pathname, search } = new URL(url)
    const headers = new Headers(init.headers)
    const body = init.body instanceof Uint8Array ? Buffer.from(init.body).toString() : `${init.body ?? ''}`
    state.asked.push({ method: init.method, path: pathname + search, headers, body })
    expectProof(url, init.method, headers)
    const answer = state.answers.shift() ?? expect.unreachable(`nobody answers ${init.method} ${url}`)
    if (typeof answer === 'string') throw new TypeError('fetch failed')
    const { status, headers: more = {}, body: named = '', text } = answer
    if (status > 299 && status < 400 && init.redirect === 'error') throw new TypeError('fetch failed')
    return new Response(text ?? JSON.stringify(bodies[named]), { status, headers: more })
  }
  const broker = new Broker({
    url: 'https://broker.example',
    principal: 'agent:fixer',
    key: new Secret(JSON.stringify(key)),
    fetch: send,
    open: send,
    now: () => new Date(Date.UTC(2026, 0, 1) + state.now * 1000),
    random: bytes('00'.repeat(16)),
    sleep: async (milliseconds) => void state.sleeps.push(milliseconds / 1000),
  })
  return { state, broker }
}

function expectProof(url: string, method: string, headers: Headers) {
  const token = headers.get('authorization')?.replace('DPoP ', '')
  const [, claims] = decoded(headers.get('dpop') ?? '')
  const ath = token && createHash('sha256').update(token).digest('base64url')
  expect(claims).toMatchObject({ htm: method, htu: url.split('?')[0], ...(ath && { ath }) })
}

function expectRequest(asked: Asked | undefined, expected: Expected) {
  const { method, path, token, nonce, headers = {}, body, form } = expected
  expect(asked).toMatchObject({ method, path })
  const sent = asked as Asked
  if (token) expect(sent.headers.get('authorization')).toBe(`DPoP ${token}`)
  if (nonce !== undefined) expect(decoded(sent.headers.get('dpop') ?? '')[1]['nonce'] ?? null).toBe(nonce)
  for (const [name, value] of Object.entries(headers)) expect(sent.headers.get(name)).toBe(value)
  if (body) expect(JSON.parse(sent.body)).toEqual(body)
  if (form) expect(Object.fromEntries(new URLSearchParams(sent.body))).toMatchObject(form)
}

const shown = ({ scope, state, code, deniedAccess }: Grant) => ({
  scope,
  state,
  ...(code && { code }),
  ...(deniedAccess && { denied_access: deniedAccess }),
})

async function perform(verb: string, given: Given, broker: Broker, task: Task | undefined): Promise<unknown> {
  if (verb === 'start_task') {
    const { idempotency_key: idempotencyKey, ...rest } = given
    const options = { environment: '', purpose: '', ...rest, ...(idempotencyKey && { idempotencyKey }) }
    return await broker.startTask(options)
  }
  if (verb === 'ask') return await broker.request({ method: 'GET', path: given.path })
  if (!task) throw new Error('the story begins without a task')
  const { scope, ttl } = given
  const options = ttl === undefined ? {} : { ttl }
  if (verb === 'credential') return { lease: (await task.credential(scope, options)).id }
  if (verb === 'lease') return { lease: (await task.lease(scope, options).current()).id }
  if (verb === 'grants') return task.grants.map(shown)
  if (verb === 'request') return (await task.request(given.scopes)).map(shown)
  if (verb === 'end')
    return (await task.end()).map(({ scope: _, deadBy, ...rest }) => ({
      ...rest,
      ...(deadBy && { deadBy: deadBy.toISOString() }),
    }))
  const { method, path, headers, json, wait, approval_id, wait_for } = given
  const response = await task.fetch(scope, path, {
    method,
    ...(headers && { headers }),
    ...(json && { body: json }),
    ...(wait === false && { approval: 'throw' }),
    ...(approval_id && { approvalId: approval_id }),
    ...(wait_for && { timeoutMs: wait_for * 1000 }),
    onApproval: ({ id }: Approval) => expect(id).toBe('apr_1'),
  })
  return { status: response.status, text: await response.text() }
}

describe('conversations with a broker', () => {
  it.for<Data>(stories)('$title', async ({ begun, steps }) => {
    const { state, broker } = stage()
    let task: Task | undefined
    for (const step of begun ? [begin, ...steps] : steps) {
      Object.assign(state, { now: step.at, answers: [...step.answers], asked: [], sleeps: [] })
      const outcome = await perform(step.do, step.with ?? {}, broker, task).catch((error: unknown) => ({
        error,
      }))
      const error = (outcome as { error?: unknown }).error
      if (step.raises) {
        const { class: name, ...fields } = step.raises
        expect(error).toMatchObject({ name, ...fields })
      } else if (error !== undefined) throw error
      else if (step.do === 'start_task') task = outcome as Task
      if (step.gives && step.gives !== '*')
        expect(step.do === 'start_task' ? task?.grants.map(shown) : outcome).toEqual(step.gives)
      if (step.requests) {
        expect(state.asked).toHaveLength(step.requests.length)
        for (const [index, expected] of step.requests.entries()) expectRequest(state.asked[index], expected)
      }
      expect([state.answers, state.sleeps]).toEqual([[], step.sleeps ?? []])
    }
  })
})

it('what is no answer of a broker is not known to have had an effect', async () => {
  for (const { answer } of vectors('errors').unreachable) {
    const { state, broker } = stage()
    const timeout = () => Promise.reject(Object.assign(new Error('late'), { name: 'TimeoutError' }))
    state.answers = [answer, answer]
    const late = new Broker({
      url: 'https://broker.example',
      principal: 'agent:fixer',
      key: new Secret(JSON.stringify(key)),
      fetch: timeout,
    })
    const asked = (answer === 'timeout' ? late : broker).request({ method: 'GET', path: '/v1/whoami' })
    await expect(asked).rejects.toMatchObject({ name: 'BrokerUnreachableError', code: 'unreachable' })
  }
})
