import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { generateClientKey } from '@credbroker/core/client-key'
import { ERRORS, type ErrorCode } from '@credbroker/core/errors'
import { type IdKind, newId } from '@credbroker/core/ids'
import { type CredentialAnswer, credentialAnswer, credentialRequest } from '@credbroker/core/wire/credentials'
import { problem } from '@credbroker/core/wire/problem'
import {
  type GrantView,
  grantsRequest,
  heartbeatAnswer,
  type LeaseView,
  type TaskView,
  taskEnded,
  taskRequest,
  taskStarted,
} from '@credbroker/core/wire/tasks'
import { systemIo } from '../src/io.ts'
import type { Profile } from '../src/profile.ts'
import { fakeChild } from './fake-child.ts'
import { fakeGateway } from './fake-gateway.ts'
import type { Interceptor, Reply } from './reply.ts'
import { verifyJws, verifyProof } from './verify-proof.ts'

export interface FakeScope {
  /** Left out where calls go through the gateway. */
  readonly credential?: CredentialAnswer['credential'] | ((serial: number) => CredentialAnswer['credential'])
  readonly gateway?: NonNullable<GrantView['gateway']>
  readonly state?: 'pending' | 'active' | 'denied'
  readonly code?: ErrorCode
  readonly reason?: string
  readonly ttlSeconds?: number
  readonly cappedBy?: CredentialAnswer['capped_by']
}

/**
 * A broker of the wire only: it checks proofs and requests and speaks through the real schemas, so that it cannot say
 * what a broker would not. It decides nothing and mints what it is given.
 */
export async function fakeBroker(scopes: Record<string, FakeScope>, now: () => Date = () => new Date()) {
  const [key, seen, gateway] = [generateClientKey(), new Set<string>(), fakeGateway()]
  const id = (kind: IdKind) => newId(kind, now(), systemIo.random)
  const at = (seconds: number) => new Date(now().getTime() + seconds * 1000).toISOString()
  const calls: string[] = []
  const tasks = new Map<string, TaskView>()
  const byKey = new Map<string, string>()
  const leases: (LeaseView & { serial: number })[] = []
  const settings = {
    intercept: (() => undefined) as Interceptor,
    requiredNonce: undefined as string | undefined,
    tokenSeconds: 300,
  }
  let serial = 0
  const token = (kind: string, subject: string) => ({
    access_token: `${kind}.${subject}.${++serial}`,
    token_type: 'DPoP' as const,
    expires_in: settings.tokenSeconds,
  })
  const ok = (status: number, schema: { parse: (body: unknown) => unknown }, body: unknown): Reply => ({
    status,
    body: schema.parse(body),
  })
  const refuse = (code: ErrorCode, extra: object = {}): Reply => {
    const { status, title, todo, retryable } = ERRORS[code]
    const body = {
      type: `about:${code}`,
      title,
      status,
      code,
      todo,
      retryable,
      request_id: id('request'),
      ...extra,
    }
    return { status, body: problem.parse(body) }
  }
  const grantOf = (task: string, environment: string, name: string): GrantView => {
    const scope = scopes[name]
    const state = scope ? (scope.state ?? 'active') : 'denied'
    const form = credentialOf(scope, 0)?.form
    return {
      ...(state !== 'denied' && { id: id('grant'), task, ends_at: at(1800) }),
      scope: name,
      environment,
      access: ['read'],
      state,
      ...(form && { form }),
      ...(scope?.gateway && { gateway: scope.gateway }),
      ...(state === 'denied' && {
        code: scope?.code ?? 'denied',
        reason: scope?.reason ?? 'no policy permits it',
      }),
      ...(state === 'pending' && {
        code: 'approval_required' as const,
        reason: 'a person has to approve',
        approval_url: `${url}/approvals/1`,
      }),
    }
  }
  const end = (task: TaskView, reason: 'done' | 'revoked'): TaskView => {
    const over: TaskView = { ...task, state: 'ended', end_reason: reason, ended_at: at(0) }
    tasks.set(task.id, over)
    for (const lease of leases)
      if (lease.task === task.id)
        Object.assign(lease, { state: 'ended', credential_dead: true, sessions_dead: true })
    return over
  }
  const startTask = (body: unknown, idempotency: string | undefined): Reply => {
    const known = idempotency === undefined ? undefined : tasks.get(byKey.get(idempotency) ?? '')
    if (known)
      return ok(201, taskStarted, { task: known, token: token('task', known.id), capped_by: 'asked' })
    const wanted = taskRequest.parse(body)
    const task = id('task')
    const grants = wanted.scopes.map((scope) => grantOf(task, wanted.environment, scope))
    const held = grants.filter((grant) => grant.state !== 'denied')
    if (held.length === 0) return refuse(grants[0]?.code ?? 'denied', { grants, detail: grants[0]?.reason })
    const { purpose, environment, ticket, heartbeat, scan } = wanted
    const view: TaskView = {
      id: task,
      agent: 'fixer',
      owner: 'mara',
      environment,
      purpose,
      ...(ticket !== undefined && { ticket }),
      ...(scan && { scan: scan.state }),
      ...(scan?.sandbox && { sandbox: true }),
      state: 'active',
      started_at: at(0),
      ends_at: at(wanted.ttl ?? 1800),
      ...(heartbeat !== undefined && { heartbeat_seconds: heartbeat }),
      grants,
    }
    tasks.set(task, view)
    if (idempotency !== undefined) byKey.set(idempotency, task)
    return ok(201, taskStarted, { task: view, token: token('task', task), capped_by: 'asked' })
  }
  const delegate = (parent: TaskView, body: unknown): Reply => {
    const { child, nonce } = fakeChild(parent, body, { url, seen, now, id: id('task'), grantOf })
    if (settings.requiredNonce !== undefined && nonce !== settings.requiredNonce)
      return { ...refuse('use_dpop_nonce'), headers: { 'dpop-nonce': settings.requiredNonce } }
    tasks.set(child.id, child)
    return ok(201, taskStarted, { task: child, token: token('task', child.id), capped_by: 'parent' })
  }
  const mint = (task: TaskView, body: unknown): Reply => {
    const wanted = credentialRequest.parse(body)
    const grant = task.grants.find((each) => each.scope === wanted.scope)
    const scope = scopes[wanted.scope]
    if (!grant || !scope) return refuse('not_granted')
    if (scope.gateway) return refuse('gateway_only')
    if (grant.state === 'pending') return refuse('approval_required', { approval_url: grant.approval_url })
    const life = Math.min(wanted.ttl ?? 900, scope.ttlSeconds ?? 900)
    const number = leases.length + 1
    const lease = {
      id: id('lease'),
      task: task.id,
      grant: grant.id as string,
      agent: 'fixer',
      scope: wanted.scope,
      environment: task.environment,
      provider: 'fake',
      state: 'active' as const,
      name: `brk_dep_${number}`,
      created_at: at(0),
      expires_at: at(life),
      dead_by: at(life),
      credential_dead: false,
      sessions_dead: false,
      attempts: 0,
      serial: number,
    }
    leases.push(lease)
    return ok(201, credentialAnswer, {
      lease: lease.id,
      scope: wanted.scope,
      environment: task.environment,
      credential: credentialOf(scope, number),
      expires_at: lease.expires_at,
      dead_by: lease.dead_by,
      capped_by: scope.cappedBy ?? 'scope',
    })
  }
  const route = (
    method: string,
    path: string,
    bearer: string,
    body: unknown,
    headers: IncomingMessage['headers'],
  ) => {
    const [kind, subject = ''] = bearer.split('.')
    if (method === 'POST' && path === '/v1/tasks') {
      if (kind !== 'agent') return refuse('invalid_token')
      return startTask(body, headers['idempotency-key'] as string | undefined)
    }
    const [, named, verb] = /^\/v1\/tasks\/(\w+)\/(\w+)$/.exec(path) ?? []
    const task = tasks.get(named ?? subject)
    if (!task) return refuse('not_found')
    if (task.state === 'ended' && verb !== 'end') return refuse('task_ended')
    const strip = ({ serial: _, ...lease }: (typeof leases)[number]) => lease
    if (path === '/v1/credentials') return kind === 'task' ? mint(task, body) : refuse('forbidden')
    if (verb === 'heartbeat') return ok(200, heartbeatAnswer, { task, token: token('task', task.id) })
    if (verb === 'end')
      return ok(200, taskEnded, {
        task: end(task, 'done'),
        leases: leases.filter((lease) => lease.task === task.id).map(strip),
      })
    if (verb === 'delegate') return delegate(task, body)
    if (verb === 'grants') {
      const more = grantsRequest.parse(body).scopes.map((scope) => grantOf(task.id, task.environment, scope))
      const view = { ...task, grants: [...task.grants, ...more] }
      tasks.set(task.id, view)
      return { status: 200, body: { task: heartbeatAnswer.shape.task.parse(view) } }
    }
    return refuse('not_found')
  }
  const answer = (request: IncomingMessage, bytes: Buffer): Reply | 'hang up' | 'stall' => {
    const method = request.method ?? ''
    const path = request.url ?? ''
    const [, called, target] = /^\/gateway\/([^/]+)(\/.*)$/.exec(path) ?? []
    const text = bytes.toString()
    calls.push(`${method} ${path}`)
    const intercepted = settings.intercept({ method, path })
    if (intercepted) return intercepted
    const [scheme, bearer] = (request.headers.authorization ?? '').split(' ')
    const expected = {
      method,
      url: url + (called ? path.replace(/\?.*/, '') : path),
      ...(bearer !== undefined && { token: bearer }),
      seen,
      nowSeconds: Math.floor(now().getTime() / 1000),
    }
    const proof = verifyProof(request.headers['dpop'] as string, expected)
    if (settings.requiredNonce !== undefined && proof.claims['nonce'] !== settings.requiredNonce) {
      const headers = { 'dpop-nonce': settings.requiredNonce }
      if (path === '/oauth/token') return { status: 401, body: { error: 'use_dpop_nonce' }, headers }
      return { ...refuse('use_dpop_nonce'), headers }
    }
    if (path === '/oauth/token') {
      const form = new URLSearchParams(text)
      const { claims } = verifyJws(form.get('assertion') ?? '', key.publicJwk)
      if (claims['aud'] !== url) return { status: 400, body: { error: 'invalid_grant' } }
      return { status: 200, body: token('agent', 'fixer') }
    }
    if (scheme !== 'DPoP' || bearer === undefined) return refuse('unauthenticated')
    if (called !== undefined && target !== undefined) {
      const task = tasks.get(bearer.split('.')[1] ?? '')
      if (task?.state !== 'active') return refuse('task_ended')
      if (!task.grants.some((grant) => grant.scope === called)) return refuse('not_granted')
      return gateway.answer({ scope: called, method, target, headers: request.headers, body: bytes })
    }
    const [, approval] = /^\/v1\/approvals\/(\w+)$/.exec(path) ?? []
    if (approval !== undefined) return gateway.find(approval)
    return route(method, path, bearer, text === '' ? undefined : JSON.parse(text), request.headers)
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      let reply: Reply | 'hang up' | 'stall'
      try {
        reply = answer(request, Buffer.concat(chunks))
      } catch (error) {
        reply = refuse('invalid_request', { detail: (error as Error).message })
      }
      if (reply === 'stall') return
      if (reply === 'hang up') return void request.socket.destroy()
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      if (reply.stream === undefined) return void response.end(JSON.stringify(reply.body))
      response.flushHeaders()
      const { stream } = reply
      Readable.from(typeof stream === 'string' || stream instanceof Uint8Array ? [stream] : stream)
        .on('error', () => response.destroy())
        .pipe(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const profile: Profile = { url, issuer: url, principal: 'agent:fixer', key: key.privateJwk }
  return {
    url,
    profile,
    settings,
    /** `POST /v1/tasks`, in the order they came. */
    calls,
    tasks,
    leases,
    gateway,
    /** Ends a task from the other side, as an operator would. */
    revoke: (task: string) => end(tasks.get(task) as TaskView, 'revoked'),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

export type FakeBroker = Awaited<ReturnType<typeof fakeBroker>>

const credentialOf = (scope: FakeScope | undefined, serial: number) =>
  typeof scope?.credential === 'function' ? scope.credential(serial) : scope?.credential
