import type { EventMessage } from '@credbroker/core/wire/events'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { ask, type Person, people } from '../harness/person.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { proofFor, tokenOf } from '../security/wire.ts'

vi.setConfig({ testTimeout: 60_000 })

let state: TestPostgres
let broker: TestBroker
let replica: TestBroker
let ada: Person
let ben: Person
let cyd: Person

beforeAll(async () => {
  state = await startTestPostgres()
  broker = await startTestBroker({ databaseUrl: state.url })
  await broker.admin.request({
    method: 'POST',
    path: '/v1/apply',
    body: {
      config: {
        version: 1,
        environments: { staging: {}, production: {} },
        users: { ada: { roles: ['operator'] }, ben: { roles: ['viewer'] }, cyd: { roles: ['viewer'] } },
        agents: { fixer: { owner: 'ada' } },
      },
    },
  })
  ;[ada, ben, cyd] = (await people(broker, 'ada', 'ben', 'cyd')) as [Person, Person, Person]
  replica = await broker.replica()
}, 180_000)
afterAll(async () => {
  await replica?.stop()
  await broker?.stop()
  await state?.stop()
})

interface Begin {
  readonly from?: number
  readonly last?: number
  /** Of a key, where no session asks. */
  readonly proof?: string
}

/** A stream of events, and what came by it. */
class Listener {
  readonly heard: EventMessage[] = []
  ended = false
  readonly #stop = new AbortController()

  async open(at: TestBroker, token: string, { from, last, proof }: Begin = {}) {
    const response = await fetch(`${at.address}/v1/events${from === undefined ? '' : `?from=${from}`}`, {
      headers: {
        authorization: `${proof === undefined ? 'Bearer' : 'DPoP'} ${token}`,
        ...(proof !== undefined && { dpop: proof }),
        ...(last !== undefined && { 'last-event-id': String(last) }),
      },
      signal: this.#stop.signal,
    })
    if (response.ok) void this.#read(response)
    return response
  }

  async #read({ body }: Response): Promise<void> {
    let text = ''
    try {
      for await (const chunk of body as ReadableStream<Uint8Array>) {
        text += Buffer.from(chunk).toString()
        for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
          const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
          if (data !== undefined) this.heard.push(JSON.parse(data) as EventMessage)
          text = text.slice(end + 2)
        }
      }
    } catch {
      // Cut, which is an end as well.
    }
    this.ended = true
  }

  close(): void {
    this.#stop.abort()
  }
}

const freeze = (environment: string) =>
  broker.admin.request({ method: 'POST', path: '/v1/freeze', body: { environment, reason: 'a secret plan' } })

describe('GET /v1/events', () => {
  it('tells at every replica what happened at one, once and in order, and goes on where it broke off', async () => {
    const [here, there] = [new Listener(), new Listener()]
    await here.open(broker, ada.token)
    await there.open(replica, ada.token)
    await freeze('staging')
    for (const listener of [here, there])
      await vi.waitFor(() => expect(listener.heard.map(({ type }) => type)).toContain('freeze.set'), 15_000)
    const seen = here.heard.find(({ type }) => type === 'freeze.set') as EventMessage
    expect(seen.actor).toMatchObject({ kind: 'user', id: 'admin' })
    expect(JSON.stringify(here.heard)).not.toContain('a secret plan')
    there.close()

    await freeze('production')
    const again = new Listener()
    await again.open(replica, ada.token, { last: seen.index })
    await vi.waitFor(() => expect(again.heard.map(({ type }) => type)).toContain('freeze.set'), 15_000)
    expect(again.heard[0]?.index).toBe(seen.index + 1)
    const indexes = again.heard.map(({ index }) => index)
    expect(indexes).toEqual(indexes.map((_, at) => seen.index + 1 + at))
    here.close()
    again.close()
  })

  it('is for people who may look: an agent is refused, and a session that ends is cut off (I8, I12)', async () => {
    const agent = await broker.enrolAgent('fixer')
    await expect(agent.client.request({ method: 'GET', path: '/v1/events' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    const listener = new Listener()
    expect((await listener.open(replica, ben.token)).status).toBe(200)
    await ask(broker, { method: 'DELETE', path: '/v1/sessions/current', token: ben.token })
    await vi.waitFor(() => expect(listener.ended).toBe(true), 15_000)
    expect((await new Listener().open(broker, ben.token)).status).toBe(401)
  })

  it('cuts off whoever is disabled, at every replica (I8)', async () => {
    const [here, there] = [new Listener(), new Listener()]
    expect((await here.open(broker, cyd.token)).status).toBe(200)
    expect((await there.open(replica, cyd.token)).status).toBe(200)
    await broker.admin.request({ method: 'DELETE', path: '/v1/users/cyd' })
    await vi.waitFor(() => expect([here.ended, there.ended]).toEqual([true, true]), 15_000)
    expect((await new Listener().open(replica, cyd.token)).status).toBe(401)
  })

  it('refuses what is no number of an entry, and more streams than a person needs', async () => {
    const url = `${broker.url}/v1/events?from=x`
    const refused = await fetch(url, { headers: { authorization: `Bearer ${ada.token}` } })
    expect(refused.status).toBe(400)
    const all = Array.from({ length: 12 }, () => new Listener())
    for (const one of all) expect((await one.open(broker, ada.token)).status).toBe(200)
    expect((await new Listener().open(broker, ada.token)).status).toBe(429)
    for (const one of all) one.close()
    await vi.waitFor(async () => {
      const next = new Listener()
      const { status } = await next.open(broker, ada.token)
      next.close()
      expect(status).toBe(200)
    }, 15_000)
  })
})

describe('GET /v1/audit/events', () => {
  const search = async (query: string) => {
    const { status, body } = await ask(broker, {
      method: 'GET',
      path: `/v1/audit/events?${query}`,
      token: ada.token,
    })
    expect(status).toBe(200)
    return body as { items: { index: number; event: Record<string, unknown> }[]; next_cursor?: string }
  }

  it('finds by type, by group of types, by who acted and by time, newest first, page by page', async () => {
    await freeze('staging')
    await vi.waitFor(
      async () => expect((await search('type=freeze.set')).items.length).toBeGreaterThan(0),
      15_000,
    )
    expect((await search('')).items.length).toBeGreaterThan(1)
    const group = await search('type=freeze')
    expect(group.items.every(({ event }) => String(event['type']).startsWith('freeze.'))).toBe(true)
    const newest = await search('limit=1')
    const older = await search(`limit=1&cursor=${newest.next_cursor}`)
    expect(older.items[0]?.index).toBe((newest.items[0]?.index ?? 0) - 1)
    const mine = await search('actor=admin&limit=2')
    expect(mine.items).toHaveLength(2)
    const next = await search(`actor=admin&limit=2&cursor=${mine.next_cursor}`)
    const indexes = [...mine.items, ...next.items].map(({ index }) => index)
    expect(indexes).toEqual([...indexes].sort((a, b) => b - a))
    expect(new Set(indexes).size).toBe(indexes.length)
    expect((await search('type=nothing')).items).toEqual([])
    expect((await search('since=2999-01-01T00:00:00Z')).items).toEqual([])
    expect((await search('until=2000-01-01T00:00:00Z')).items).toEqual([])
  })
})

describe('GET /v1/reports/overview', () => {
  it('counts what is there', async () => {
    const { status, body } = await ask(broker, {
      method: 'GET',
      path: '/v1/reports/overview',
      token: ada.token,
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      tasks: { live: 0 },
      approvals: { waiting: 0 },
      roots: { all: 0, attention: [] },
      audit: { kept_outside: true },
    })
  })
})

// The last: the key that everything else is set up with is over after it.
describe('GET /v1/events by key', () => {
  it('is for people at a command line too, while their key is enrolled, and ends with the broker (I8)', async () => {
    const third = await broker.replica()
    const admin = await broker.identity('default')
    const token = await tokenOf(broker, admin)
    const listen = async (at: TestBroker) => {
      const listener = new Listener()
      const proof = proofFor(broker, admin.key, { path: '/v1/events', token })
      expect((await listener.open(at, token, { proof })).status).toBe(200)
      return listener
    }
    const [here, there] = [await listen(replica), await listen(third)]
    await tokenOf(broker, admin)
    await vi.waitFor(() => expect(here.heard.map(({ type }) => type)).toContain('token.issued'), 15_000)
    await third.stop()
    await vi.waitFor(() => expect(there.ended).toBe(true), 15_000)
    expect(here.ended).toBe(false)
    await broker.admin.request({ method: 'DELETE', path: '/v1/client-keys/current' })
    await vi.waitFor(() => expect(here.ended).toBe(true), 15_000)
  })
})
