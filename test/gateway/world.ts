import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateClientKey } from '@credbroker/core/client-key'
import type { GrantView } from '@credbroker/core/wire/tasks'
import postgres from 'postgres'
import { vi } from 'vitest'
import { type Identity, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { type RecordingUpstream, startUpstream } from '../harness/upstream.ts'
import { type Answer, proofFor, type RawRequest, send } from '../security/wire.ts'
import { SDL as CASES_SDL, GRAPHQL_OPERATIONS } from './cases/graphql.ts'
import { REST_OPERATIONS } from './cases/rest.ts'

// A real broker and a real database: only what hangs is to be given up.
vi.setConfig({ testTimeout: 60_000 })

/** The credential of the root; no answer, log or row may carry it. */
export const ROOT = 'sk_live_Zq9+/root-4711-0123456789'

/** One root at one host that holds two environments, and an agent that may call it. */
export interface ApiWorld {
  readonly vendor: RecordingUpstream
  readonly broker: TestBroker
  readonly state: TestPostgres
  readonly fixer: Identity
  readonly other: Identity
  /** Rows of the broker's own database. */
  sql<Row extends object>(text: string): Promise<Row[]>
  task(scopes: readonly string[], who?: Identity, more?: object): Promise<Work>
  /** Hands all of a task on to a sub-agent with a key of its own. */
  delegate(parent: Work): Promise<Work>
  events(type: string, task?: string): Promise<Event[]>
  /** What happened last in a task, once it is written. */
  lastEvent(task: Work, type: string, phase: string): Promise<Event>
  stop(): Promise<void>
}

/** A task at work, by its raw token. */
export interface Work {
  readonly id: string
  readonly token: string
  readonly who: Identity
  readonly grants: readonly Pick<GrantView, 'id' | 'scope' | 'access' | 'denied_access'>[]
  call(method: string, target: string, more?: Partial<RawRequest> & { scope?: string }): Promise<Answer>
  /** The same, its answer as it comes. */
  open(method: string, target: string, more?: { scope?: string; at?: TestBroker }): Promise<Response>
}

interface Started {
  readonly task: { readonly id: string; readonly grants: Work['grants'] }
  readonly token: { readonly access_token: string }
}

export interface Event {
  readonly id: string
  readonly type: string
  readonly phase: string
  readonly intent?: string
  readonly result?: string
  readonly code?: string
  readonly facts?: Readonly<Record<string, unknown>>
}

const operation = (method: string, path: string, access: string, more: object = {}) => ({
  method,
  path,
  access: [access],
  anchor: 'staging',
  ...more,
})

const OPERATIONS = {
  list: operation('GET', '/v1/orders', 'read', { query: { page: 'number' } }),
  head: operation('HEAD', '/v1/orders', 'read'),
  live: operation('GET', '/v1/live', 'read', { anchor: 'production' }),
  nowhere: operation('GET', '/v1/elsewhere', 'read', { anchor: 'unclaimed' }),
  item: operation('GET', '/v1/items/{item}', 'read', {
    parameters: { item: 'id' },
    lookup: { path: '/v1/places/{item}', pick: { place: 'place' } },
    anchor: '{place}',
  }),
  add: operation('POST', '/v1/orders', 'write', { body: ['total'] }),
  drop: operation('DELETE', '/v1/orders/{order}', 'delete', {
    parameters: { order: 'id' },
    erases: ['primary'],
  }),
  stream: operation('GET', '/v1/stream', 'read'),
  forbidden: operation('PUT', '/v1/secret', 'secret', { body: ['a'] }),
}

const SDL =
  'type Query { order(id: ID!): Order } type Order { id: ID! total: Int } type Mutation { ship(id: ID!): Order }'

const configuration = (host: string, home: string) =>
  JSON.stringify({
    version: 1,
    environments: {
      staging: { tier: 'standard', anchors: anchors(host, 'staging') },
      production: { tier: 'standard', anchors: anchors(host, 'production') },
    },
    users: { mia: { roles: ['operator', 'viewer', 'approver'] }, noa: { roles: ['operator', 'approver'] } },
    issuers: { github: { url: 'https://token.actions.githubusercontent.com', profile: 'github-actions' } },
    agents: { fixer: { owner: 'mia' }, other: { owner: 'noa' } },
    roots: {
      api: { provider: 'http', owner: 'mia', secret: `file:${home}/api.json` },
      graph: { provider: 'graphql', owner: 'mia', secret: `file:${home}/api.json` },
      code: { provider: 'git', owner: 'mia', secret: `file:${home}/code.json` },
    },
    scopes: {
      api: { root: 'api', environment: 'staging', maxTtl: '30m', allow: { operations: OPERATIONS } },
      cases: { root: 'api', environment: 'staging', allow: { operations: REST_OPERATIONS } },
      code: {
        root: 'code',
        environment: 'staging',
        allow: { repositories: ['staging/shop'], operations: ['fetch', 'push'] },
      },
      'cases-graph': {
        root: 'graph',
        environment: 'staging',
        allow: { schema: CASES_SDL, operations: GRAPHQL_OPERATIONS },
      },
      graph: {
        root: 'graph',
        environment: 'staging',
        allow: {
          schema: SDL,
          operations: {
            'query.order': { access: ['read'], anchor: 'staging' },
            ship: { access: ['write'], anchor: 'staging' },
          },
        },
      },
    },
  })

const anchors = (host: string, name: string) =>
  ['http', 'graphql', 'git'].map((vendor) => ({ vendor, id: `${host}/${name}` }))

const POLICY = `@id("staging-work")
permit(principal, action in [Action::"read", Action::"write", Action::"delete"], resource in Environment::"staging");
`

export async function startApiWorld(env: Readonly<Record<string, string>> = {}): Promise<ApiWorld> {
  await using starting = new AsyncDisposableStack()
  const kept = <Thing extends { stop(): Promise<void> }>(thing: Thing): Thing =>
    starting.adopt(thing, (one) => one.stop())
  const vendor = kept(await startUpstream())
  const state = kept(await startTestPostgres())
  const broker = kept(await startTestBroker({ databaseUrl: state.url, env: { ...vendor.env, ...env } }))
  const root = JSON.stringify({ origin: vendor.origin, secret: ROOT })
  await writeFile(join(broker.home, 'api.json'), root, { mode: 0o600 })
  const code = JSON.stringify({ origin: vendor.origin, token: ROOT })
  await writeFile(join(broker.home, 'code.json'), code, { mode: 0o600 })
  const directory = join(broker.home, 'broker')
  await mkdir(join(directory, 'policies'), { recursive: true })
  await writeFile(join(directory, 'broker.yaml'), configuration(vendor.host, broker.home))
  await writeFile(join(directory, 'policies', 'staging.cedar'), POLICY)
  const applied = await broker.cli(['apply', '-f', directory, '--yes'])
  if (applied.code !== 0) throw new Error(`apply failed: ${applied.stdout}${applied.stderr}${broker.log()}`)
  const [fixer, other] = [await broker.enrolAgent('fixer'), await broker.enrolAgent('other')]
  vendor.forget()
  const database = postgres(state.superuserUrl.replace(/[^/]*$/, new URL(state.url).pathname.slice(1)), {
    max: 2,
    onnotice: () => {},
  })
  starting.defer(() => database.end({ timeout: 1 }))
  const sql = async <Row extends object>(text: string) => [...(await database.unsafe<Row[]>(text))] as Row[]

  const task: ApiWorld['task'] = async (scopes, who = fixer, more = {}) => {
    const started = await who.client.request<Started>({
      method: 'POST',
      path: '/v1/tasks',
      body: { environment: 'staging', purpose: 'mend the orders', scopes, ttl: 600, ...more },
    })
    return atWork(started, who)
  }
  const delegate: ApiWorld['delegate'] = async ({ id, token, who, grants }) => {
    const path = `/v1/tasks/${id}/delegate`
    const key = generateClientKey()
    const proof = proofFor(broker, key, { method: 'POST', path })
    const body = { proof, scopes: grants.map(({ scope }) => scope), purpose: 'a part of it' }
    const answer = await send(broker, { method: 'POST', path, body, token, key: who.key })
    if (answer.status !== 201) throw new Error(`delegating failed: ${answer.text}`)
    return atWork(answer.body as unknown as Started, { ...who, key, client: broker.here({ ...who, key }) })
  }
  const atWork = (started: Started, who: Identity): Work => {
    const token = started.token.access_token
    return {
      id: started.task.id,
      token,
      who,
      grants: started.task.grants,
      call: (method, target, { scope = 'api', ...rest } = {}) =>
        send(broker, { method, path: `/gateway/${scope}${target}`, token, key: who.key, ...rest }),
      open: (method, target, { scope = 'api', at = broker } = {}) => {
        const path = `/gateway/${scope}${target}`
        const signed = { method, path: path.split('?')[0] ?? path, token }
        const headers = { authorization: `DPoP ${token}`, dpop: proofFor(broker, who.key, signed) }
        return fetch(at.address + path, { method, headers, redirect: 'manual' })
      },
    }
  }
  const events: ApiWorld['events'] = async (type, id) => {
    const rows = await sql<{ record: string }>(
      `SELECT record FROM audit_pending UNION ALL SELECT record FROM audit_log`,
    )
    return rows
      .map(({ record }) => JSON.parse(record) as Event & { task?: string })
      .filter((event) => event.type === type && (id === undefined || event.task === id))
  }
  const lastEvent: ApiWorld['lastEvent'] = ({ id }, type, phase) =>
    vi.waitFor(async () => {
      const all = (await events(type, id)).filter((one) => one.phase === phase)
      const [last] = all.sort((a, b) => (a.id < b.id ? 1 : -1))
      if (!last) throw new Error(`no ${phase} of ${type}`)
      return last
    }, 20_000)
  const all = starting.move()
  const stop = () => all.disposeAsync()
  return { vendor, broker, state, fixer, other, sql, task, delegate, events, lastEvent, stop }
}
