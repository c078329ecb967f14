import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeBroker, fakeBroker } from '../test/fake-broker.ts'
import type { FakeVerdict } from '../test/fake-gateway.ts'
import type { Approval } from './approval.ts'
import { Broker } from './broker.ts'
import { callRequest } from './call-request.ts'
import { ApprovalDeniedError, ApprovalRequiredError, BrokerUnreachableError, DeniedError } from './errors.ts'
import type { Task } from './task.ts'

let fake: FakeBroker
let task: Task
beforeEach(async () => {
  fake = await fakeBroker({ rail: { gateway: { connector: 'railway', hosts: ['backboard.railway.com'] } } })
  task = await new Broker(fake.profile).startTask({ environment: 'staging', purpose: 'p', scopes: ['rail'] })
})
afterEach(async () => await fake[Symbol.asyncDispose]())

const asking = (
  once: (approved: boolean) => FakeVerdict = () => ({ vendor: { status: 200, stream: 'done' } }),
) => {
  fake.gateway.settings.decide = (_, approved) => (approved ? once(approved) : 'ask')
}
const answer = (state: 'approved' | 'denied', reason?: string) => (approval: Approval) => {
  Object.assign(fake.gateway.approvals.get(approval.id) ?? {}, { state, ...(reason && { reason }) })
}

describe('a call through the gateway', () => {
  it('is signed for its URL, and carries nothing of ours but what was asked', async () => {
    const response = await task.fetch('rail', '/graphql/v2?a=1&b=%20', {
      method: 'POST',
      headers: { 'X-Own': 'yes' },
      body: { query: '{ me { id } }' },
    })
    expect(response).toBeInstanceOf(Response)
    expect(await response.json()).toEqual({
      method: 'POST',
      target: '/graphql/v2?a=1&b=%20',
      body: '{"query":"{ me { id } }"}',
    })
    expect(fake.gateway.calls[0]?.headers).toMatchObject({
      'x-own': 'yes',
      'content-type': 'application/json',
    })
  })

  it.each([
    ['text', 'hello', 'text/plain;charset=UTF-8', 'hello'],
    ['bytes', new Uint8Array([104, 105]), undefined, 'hi'],
    ['a form', new URLSearchParams({ a: 'b c' }), 'application/x-www-form-urlencoded;charset=UTF-8', 'a=b+c'],
    ['a list', [1, 2], 'application/json', '[1,2]'],
    ['a stream', new Blob(['one', 'two']).stream(), undefined, 'onetwo'],
  ] as const)('sends %s', async (_, body, type, sent) => {
    await task.fetch('rail', '/x', { method: 'POST', body })
    const [call] = fake.gateway.calls
    expect([call?.headers['content-type'], call?.body.toString()]).toEqual([type, sent])
  })

  it.each([404, 302, 500, 401, 202])('gives a vendor’s %i as it is', async (status) => {
    const headers = { location: 'https://elsewhere.test/' }
    fake.gateway.settings.decide = () => ({ vendor: { status, headers, stream: 'theirs' } })
    const response = await task.fetch('rail', '/x')
    expect([response.status, await response.text(), response.headers.get('location')]).toEqual([
      status,
      'theirs',
      headers.location,
    ])
  })

  it('streams the answer', async () => {
    let more = (_: string): void => {}
    async function* pieces() {
      yield 'first'
      yield await new Promise<string>((resolve) => {
        more = resolve
      })
    }
    fake.gateway.settings.decide = () => ({ vendor: { status: 200, stream: pieces() } })
    const reader = (await task.fetch('rail', '/x')).body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    more('second')
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('second')
  })

  it('throws what the broker refuses, typed, with its code', async () => {
    fake.gateway.settings.decide = () => 'call_unresolved'
    await expect(task.fetch('rail', '/x')).rejects.toMatchObject({
      name: 'DeniedError',
      code: 'call_unresolved',
    })
    await expect(task.fetch('other', '/x')).rejects.toBeInstanceOf(DeniedError)
    fake.gateway.settings.decide = () => 'call_refused'
    await expect(task.fetch('rail', '/x')).rejects.toMatchObject({ status: 400, code: 'call_refused' })
  })

  it('does not take for a vendor’s what nobody marked as one', async () => {
    fake.settings.intercept = ({ path }) =>
      path.startsWith('/gateway') ? { status: 200, body: {} } : undefined
    await expect(task.fetch('rail', '/x')).rejects.toBeInstanceOf(BrokerUnreachableError)
  })

  it('repeats itself once for the broker’s nonce', async () => {
    fake.settings.requiredNonce = 'n-2'
    expect((await task.fetch('rail', '/x', { method: 'PUT', body: 'a' })).status).toBe(200)
  })

  it('gives up when told to, with the reason', async () => {
    fake.settings.intercept = ({ path }) => (path.startsWith('/gateway') ? 'stall' : undefined)
    const reason = new Error('enough')
    const stop = new AbortController()
    const call = task.fetch('rail', '/x', { signal: stop.signal })
    await expect.poll(() => fake.calls.some((one) => one.includes('/gateway/'))).toBe(true)
    stop.abort(reason)
    await expect(call).rejects.toBe(reason)
  })
})

describe('the path of a call', () => {
  it.each([
    '/../../v1/credentials',
    '/a/../../other/x',
    '/%2e%2E/%2e./x',
    '/..\\..\\v1',
    '/a/..',
    '/.\t./x',
    '//../x',
    'no-slash',
    '',
    '@host/',
  ])('%j does not leave its scope', async (path) => {
    await expect(callRequest('rail', path, {})).rejects.toBeInstanceOf(TypeError)
  })

  it('is otherwise the vendor’s business', async () => {
    const paths = ['/', '//x', '/@scope%2fname', '/a%2F..%2fb', '/a?x=../..', '/~a;b=c/%ff']
    for (const path of paths) expect((await callRequest('rail', path, {})).path).toBe(`/gateway/rail${path}`)
  })
})

describe('a call that a person has to approve', () => {
  it('waits for them and sends the very same again', { timeout: 15_000 }, async () => {
    asking()
    const asked: Approval[] = []
    const onApproval = (approval: Approval) => {
      asked.push(approval)
      answer('approved')(approval)
    }
    const response = await task.fetch('rail', '/x', { method: 'DELETE', body: 'body', onApproval })
    expect(await response.text()).toBe('done')
    const [first, second] = fake.gateway.calls
    expect(second).toMatchObject({ method: 'DELETE', target: '/x', body: first?.body })
    expect(second?.headers['broker-approval']).toBe(asked[0]?.id)
    expect(asked).toMatchObject([{ state: 'pending', url: `http://console/approvals/${asked[0]?.id}` }])
  })

  it('throws the person’s no, with what they said', { timeout: 15_000 }, async () => {
    asking()
    const onApproval = answer('denied', 'not on a Friday')
    const call = task.fetch('rail', '/x', { method: 'DELETE', onApproval })
    await expect(call).rejects.toBeInstanceOf(ApprovalDeniedError)
    await expect(call).rejects.toMatchObject({ code: 'approval_denied', reason: 'not on a Friday' })
  })

  it('can say so at once, and go on later with the answer', async () => {
    asking()
    const call = { method: 'DELETE', approval: 'throw' } as const
    const error = await task.fetch('rail', '/x', call).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApprovalRequiredError)
    const { approvalId = '', approvalUrl } = error as ApprovalRequiredError
    expect(approvalUrl).toContain(approvalId)
    await expect(task.fetch('rail', '/x', { ...call, approvalId })).rejects.toBeInstanceOf(
      ApprovalRequiredError,
    )
    Object.assign(fake.gateway.approvals.get(approvalId) ?? {}, { state: 'approved' })
    expect((await task.fetch('rail', '/x', { ...call, approvalId })).status).toBe(200)
  })

  it('waits no longer than it was told', async () => {
    asking()
    const call = task.fetch('rail', '/x', { method: 'DELETE', timeoutMs: 10 })
    await expect(call).rejects.toBeInstanceOf(ApprovalRequiredError)
  })

  it('does not ask for ever where every approval is for something else by now', {
    timeout: 30_000,
  }, async () => {
    let at = 0
    fake.gateway.settings.decide = () => 'ask'
    const onApproval = (approval: Approval) => {
      at += 1
      answer('approved')(approval)
    }
    await expect(task.fetch('rail', '/x', { onApproval })).rejects.toMatchObject({
      code: 'approval_required',
    })
    expect(at).toBeLessThan(5)
  })

  it('stops waiting when told to', async () => {
    asking()
    const stop = new AbortController()
    const call = task.fetch('rail', '/x', {
      signal: stop.signal,
      onApproval: () => stop.abort(new Error('enough')),
    })
    await expect(call).rejects.toThrow('enough')
  })
})
