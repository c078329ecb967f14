import { createPublicKey, verify } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importClientKey, signAssertion, signProof } from '@credbroker/core/client-key'
import { ERRORS } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytes, type Data, decoded, failure, vectors } from '../test/vectors.ts'
import { Borrower } from './borrower.ts'
import { Broker } from './broker.ts'
import { callRequest } from './call-request.ts'
import { startHeartbeat } from './heartbeat.ts'
import { systemIo } from './io.ts'
import type { Lease } from './lease.ts'
import { LeaseHandle } from './lease-handle.ts'
import { principalToken } from './principal-token.ts'
import { loadProfile } from './profile.ts'
import { Task } from './task.ts'
import { TaskSession } from './task-session.ts'
import { brokerBase, type Call, Transport } from './transport.ts'
import { workloadFrom } from './workload.ts'

// The Python SDK reads the same files: sdks/python/tests/test_vectors.py.
const proofs = vectors('proofs')
const urls = vectors('urls')
const renewal = vectors('renewal')
const tokens = vectors('tokens')
const heartbeats = vectors('heartbeats')
const errors = vectors('errors')
const profiles = vectors('profiles')
const workloads = vectors('workloads')

const START = Date.UTC(2026, 0, 1)
const key = importClientKey(new Secret(JSON.stringify(proofs.key)))
const without = (members: object) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
const isSigned = (jws: string) => {
  const [header = '', payload = '', signature = ''] = jws.split('.')
  const { kty, crv, x, y } = proofs.key
  const signer = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })
  const signed = Buffer.from(`${header}.${payload}`)
  return verify(
    'sha256',
    signed,
    { key: signer, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
}

describe('proofs and assertions', () => {
  it('name the key by its thumbprint', () => expect(key.thumbprint).toBe(proofs.thumbprint))

  it.for<Data>(proofs.refusedKeys)('are by a private P-256 key, not by $title', ({ text, members }) => {
    const given = text ?? JSON.stringify(without({ ...proofs.key, ...members }))
    expect(() => importClientKey(new Secret(given))).toThrow('not a private P-256 key')
  })

  it.for<Data>(proofs.proofs)('a proof $title', ({ method, url, token, nonce, now, random, claims }) => {
    const request = { method, url, ...(token && { accessToken: token }), ...(nonce && { nonce }) }
    const proof = signProof(request, key, new Date(now), bytes(random))
    const { kty, crv, x, y } = proofs.key
    expect(decoded(proof)).toEqual([{ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }, claims])
    expect(isSigned(proof)).toBe(true)
  })

  it.for<Data>(proofs.assertions)(
    'an assertion for $audience',
    ({ subject, audience, now, random, claims }) => {
      const assertion = signAssertion({ subject, audience }, key, new Date(now), bytes(random))
      const header = { typ: 'client-authentication+jwt', alg: 'ES256', kid: proofs.thumbprint }
      expect(decoded(assertion)).toEqual([header, claims])
      expect(isSigned(assertion)).toBe(true)
    },
  )
})

describe('addresses', () => {
  it.for<Data>(urls.bases)('$given is a broker’s', ({ given, base }) => expect(brokerBase(given)).toBe(base))
  it.for<Data>(urls.refusedBases)('%j is none', (given) => expect(() => brokerBase(given)).toThrow(TypeError))
  it.for<Data>(urls.paths)('$path is a call’s', async ({ path, sent }) =>
    expect((await callRequest('rail', path, {})).path).toBe(sent),
  )
  it.for<Data>(urls.refusedPaths)(
    '%j is none of a call',
    async (path) => await expect(callRequest('rail', path, {})).rejects.toBeInstanceOf(TypeError),
  )
})

/** Mints what the story says, at the time it says. */
function mintery(life: number, cappedBy: Lease['cappedBy'], random: string) {
  const state = { now: START, left: [] as unknown[], made: 0 }
  const mint = async () => {
    const next = state.left.shift()
    if (next !== 'new') throw failure(next)
    const expiresAt = new Date(state.now + life * 1000)
    return { id: `${++state.made}`, scope: 'orders-ro', expiresAt, cappedBy } as Lease
  }
  const io = { ...systemIo, now: () => new Date(state.now), random: bytes(random) }
  return { state, handle: new LeaseHandle('orders-ro', mint, io) }
}

describe('a lease', () => {
  it.for<Data>(renewal.moments)('is renewed $title', async ({ life, cappedBy, random, renewAfter }) => {
    const { state, handle } = mintery(life, cappedBy, random)
    state.left = ['new']
    await handle.current()
    expect(Math.abs(Number(handle.renewAt) - START - renewAfter * 1000)).toBeLessThanOrEqual(1)
  })

  it.for<Data>(renewal.stories)('story: $title', async ({ life, steps }) => {
    const { state, handle } = mintery(life, 'scope', '00000000')
    for (const { at, mints, lease, raises } of steps) {
      state.now = START + at * 1000
      state.left = [...mints]
      if (raises) await expect(handle.current()).rejects.toMatchObject({ code: raises })
      else expect((await handle.current()).id).toBe(`${lease}`)
      expect(state.left).toEqual([])
    }
  })
})

describe('a token of an identity', () => {
  it.for<Data>(tokens.stories)('story: $title', async ({ workload, steps }) => {
    const state = { now: START, answers: [] as unknown[], asked: [] as string[], given: 0 }
    const transport = {
      async call({ body }: Call) {
        const assertion = (body as URLSearchParams).get('assertion') ?? ''
        state.asked.push(assertion.startsWith('platform') ? assertion : 'key')
        const answer = state.answers.shift()
        if (answer !== 'token') throw failure(answer)
        return { access_token: 'agent', token_type: 'DPoP', expires_in: 300 }
      },
    }
    const platform = { workload: async () => new Secret(`platform-${++state.given}`) }
    const identity = { principal: 'agent:fixer', issuer: 'https://broker.example', key } as const
    const io = { ...systemIo, now: () => new Date(state.now) }
    const token = principalToken(
      { ...identity, ...(workload && platform) },
      transport as unknown as Transport,
      io,
    )
    for (const { at, answers, asked, raises } of steps) {
      Object.assign(state, { now: START + at * 1000, answers: [...answers], asked: [] })
      if (raises) await expect(token()).rejects.toMatchObject({ code: raises })
      else expect((await token()).expose()).toBe('agent')
      expect(state.asked).toEqual(asked)
    }
  })
})

describe('a heartbeat', () => {
  it.for<Data>(heartbeats.intervals)('is sent: $title', ({ heartbeat, child, tokenLife, every }) => {
    const task = { id: 'tsk_1', heartbeat_seconds: heartbeat, ...(child && { parent: 'tsk_0' }) }
    const alive = { task, token: { access_token: 't', token_type: 'DPoP', expires_in: tokenLife } }
    const transport = new Transport('https://broker.example', key, systemIo)
    const nobody = () => Promise.reject(new Error('nobody is asked'))
    const session = new TaskSession(alive as never, new Date(START), transport, nobody, systemIo)
    expect(session.beatEveryMs).toBe(every === null ? undefined : every * 1000)
  })

  it.for<Data>(heartbeats.pauses)('after $after is sent again', async ({ after, every, pause }) => {
    const planned: [number, () => void][] = []
    const beat = async () => {
      if (after !== 'ok') throw failure(after)
    }
    const later = (milliseconds: number, run: () => void) => {
      planned.push([milliseconds, run])
      return () => undefined
    }
    startHeartbeat(beat, every * 1000, later)
    planned[0]?.[1]()
    await expect
      .poll(() => planned.map(([milliseconds]) => milliseconds))
      .toEqual([every * 1000, pause * 1000])
  })
})

describe('an answer that is an error', () => {
  const answering = ({ status, headers, body, text }: Data) =>
    new Transport('https://broker.example', key, {
      ...systemIo,
      fetch: async () => new Response(text ?? JSON.stringify(body), { status, headers: headers ?? {} }),
    }).call({ method: 'GET', path: '/v1/whoami' })

  it.for<Data>(errors.codes)('$code', async ({ code, status, retryable, class: name }) => {
    expect(ERRORS).toHaveProperty(code, expect.objectContaining({ status, retryable }))
    const body = { code, title: 'title', retryable }
    await expect(answering({ status, body })).rejects.toMatchObject({
      code,
      status,
      retryable,
      name,
    })
  })

  it.for<Data>(errors.oauth)('$error of the token endpoint', async ({ error, code, retryable }) => {
    const answer = answering({ status: 400, body: { error } } as never)
    await expect(answer).rejects.toMatchObject({ code, status: 400, retryable })
  })

  it.for<Data>(errors.answers)('$title', async ({ status, body, gives: { class: name, ...gives } }) => {
    await expect(answering({ status, body })).rejects.toMatchObject({ name, ...gives })
  })
})

describe('a profile', () => {
  let home: string
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'credbroker-vectors-'))
  })
  afterAll(() => rmSync(home, { recursive: true }))

  const load = ({ file, text, members, mode, env, name }: Data) => {
    const profiled = join(home, 'credbroker', 'profiles')
    rmSync(profiled, { recursive: true, force: true })
    mkdirSync(profiled, { recursive: true })
    const whole = text ?? JSON.stringify(without({ ...profiles.profile, ...members }))
    if (file) writeFileSync(join(profiled, `${file}.json`), whole)
    if (file) chmodSync(join(profiled, `${file}.json`), Number.parseInt(mode ?? '600', 8))
    return loadProfile({ XDG_CONFIG_HOME: home, ...env }, name)
  }

  it.for<Data>(profiles.taken)('is taken: $title', ({ gives, ...given }) => {
    const { key: held, keyEndsAt, ...fields } = load(given)
    const { key: jwk, ...expected } = without({ ...profiles.profile, ...gives }) as Record<string, unknown>
    expect(JSON.parse(held.expose())).toEqual(jwk)
    expect({ ...fields, ...(keyEndsAt && { keyEndsAt: keyEndsAt.toISOString() }) }).toEqual(expected)
  })

  it.for<Data>(profiles.refused)('is refused: $title', ({ says, ...given }) => {
    expect(() => load(given)).toThrow(says)
  })
})

describe('a workload', () => {
  const token: string = workloads.tokenParts.join('.')
  const from = (env: Record<string, string>) => {
    const filled = Object.entries(env).map(([name, value]) => [name, value.replaceAll('$token', token)])
    return workloadFrom(Object.fromEntries(filled), systemIo)
  }

  it.for<Data>(workloads.found)('is found: $title', async ({ env, tokens: has }) => {
    const workload = from(env)
    expect(workload).toMatchObject({ url: 'https://broker.example', principal: 'agent:fixer' })
    if (has) expect((await workload?.token())?.expose()).toBe(token)
    else await expect(workload?.token()).rejects.toThrow('not a JWT')
  })
  it.for<Data>(workloads.none)('is none: $title', ({ env }) => expect(from(env)).toBeUndefined())
  it.for<Data>(workloads.refused)('is refused: $title', ({ env }) =>
    expect(() => from(env)).toThrow(TypeError),
  )
})

it.each([
  ['Broker', Broker],
  ['Task', Task],
  ['Borrower', Borrower],
] as const)('every verb of %s has its name in the other SDK, or a reason', (name, made) => {
  const own = Object.getOwnPropertyNames
  const verbs = [...own(made.prototype), ...own(made)].filter(
    (one) => !['constructor', 'toJSON', 'length', 'name', 'prototype'].includes(one),
  )
  expect(Object.keys(vectors('verbs')[name]).sort()).toEqual(verbs.sort())
})
