import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { certify } from './authority.ts'
import {
  DISCOVERY,
  type Json,
  KINDS,
  newToken,
  Refusal,
  type Reply,
  type Thing,
  type Token,
  type TokenRequest,
  userOf,
} from './kubernetes-api.ts'
import { allows, type Binding, rule, rulesFor } from './kubernetes-rbac.ts'

/** An API server believes a token for so long that it has just found good. */
const CACHE_MS = 10_000

/** What does not go through the API. */
export interface FakeKubernetes {
  readonly server: string
  readonly port: number
  /** PEM, and its file. */
  readonly ca: string
  readonly caFile: string
  /** `<uid of kube-system>` */
  readonly id: string
  /** `GET /api/v1/namespaces by system:serviceaccount:…` */
  readonly hits: readonly string[]
  /** Tokens that opened something, in the order they were first seen. */
  readonly seen: ReadonlySet<string>
  namespace(name: string, labels?: Readonly<Record<string, string>>): void
  /** Rules as {@link rule} writes them; `namespace` left out binds them everywhere. */
  bind(user: string, rules: readonly string[], namespace?: string): void
  account(namespace: string, name: string): string
  /** A token without an end, as of a Secret of that type. */
  tokenOf(user: string): string
  /** A certificate of the cluster's authority, for the user that it names: PEM. */
  readonly client: { readonly certificate: string; readonly key: string; readonly user: string }
  put(plural: string, namespace: string, name: string, data?: Readonly<Record<string, string>>): () => void
  names(plural: string, namespace: string): string[]
  /** What an answer to a path becomes, once. */
  bend(path: RegExp, change: (reply: Reply) => Reply): void
  setClockAhead(seconds: number): void
  /** Whether rules are said to be all that there are. */
  incomplete: boolean
  stop(): Promise<void>
}

/**
 * Stands in for the API server of a cluster: RBAC as it decides, tokens of service accounts that die with the Secret that they are
 * bound to, a moment later, and as much of discovery as kubectl wants. `pace`: how much faster its clock runs than ours.
 */
export async function startKubernetes({ pace = 1 } = {}): Promise<FakeKubernetes> {
  const certificate = await certify()
  const started = Date.now()
  let ahead = 0
  const now = () => started + (Date.now() - started) * pace + ahead * 1000
  const things: Thing[] = []
  const bindings: Binding[] = []
  const tokens = new Map<string, Token>()
  const believed = new Map<string, number>()
  const hits: string[] = []
  const seen = new Set<string>()
  const bends: { path: RegExp; change: (reply: Reply) => Reply }[] = []

  const add = (thing: Partial<Thing> & Pick<Thing, 'plural' | 'name'>): Thing => {
    const made: Thing = {
      kind: KINDS[thing.plural] ?? 'Thing',
      uid: randomUUID(),
      created: now(),
      labels: {},
      annotations: {},
      data: {},
      ...thing,
    }
    things.push(made)
    return made
  }
  const find = (plural: string, namespace: string | undefined, name: string) =>
    things.find((each) => each.plural === plural && each.namespace === namespace && each.name === name)
  const remove = (thing: Thing) => void things.splice(things.indexOf(thing), 1)
  const time = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`

  function who(bearer: string, socket: TLSSocket): string {
    if (bearer === '' && socket.authorized) return String(socket.getPeerCertificate().subject.CN)
    const token = tokens.get(bearer)
    if (!token || token.until <= now()) throw new Refusal(401, 'Unauthorized')
    const sure = token.bound === undefined || things.some(({ uid }) => uid === token.bound)
    if (sure) believed.set(bearer, now() + CACHE_MS)
    else if ((believed.get(bearer) ?? 0) <= now()) throw new Refusal(401, 'Unauthorized')
    return token.user
  }

  const view = (thing: Thing, accept: string) => ({
    apiVersion: accept.includes('as=PartialObjectMetadata') ? 'meta.k8s.io/v1' : 'v1',
    kind: accept.includes('as=PartialObjectMetadata') ? 'PartialObjectMetadata' : thing.kind,
    metadata: {
      name: thing.name,
      ...(thing.namespace !== undefined && { namespace: thing.namespace }),
      uid: thing.uid,
      creationTimestamp: time(thing.created),
      ...(Object.keys(thing.labels).length > 0 && { labels: thing.labels }),
      annotations: thing.annotations,
    },
    ...(accept.includes('as=PartialObjectMetadata') ? {} : { data: thing.data }),
  })

  function answer(method: string, url: URL, user: string, accept: string, body: Json): Reply {
    hits.push(`${method} ${url.pathname} by ${user}`)
    const path = url.pathname
    const known = DISCOVERY[path]
    if (known !== undefined && method === 'GET') return { status: 200, body: known }
    if (path === '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews' && method === 'POST') {
      const { namespace } = (body as { spec: { namespace?: string } }).spec
      if (!namespace) throw new Refusal(400, 'no namespace on request')
      const status = {
        resourceRules: rulesFor(bindings, user, namespace),
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/api', '/api/*', '/healthz', '/version'] }],
        incomplete: cluster.incomplete,
      }
      return { status: 201, body: { ...body, status } }
    }
    const [, inside, rest = ''] = /^\/api\/v1\/(?:namespaces\/([^/]+)\/)?(.+)$/.exec(path) ?? []
    const [plural = '', name, sub] = rest.split('/')
    if (!(plural in KINDS)) throw new Refusal(404, 'the server could not find the requested resource')
    const verb = { GET: name ? 'get' : 'list', POST: 'create', DELETE: 'delete' }[method] ?? method
    const resource = sub === undefined ? plural : `${plural}/${sub}`
    // A namespace is asked for in itself.
    const namespace = plural === 'namespaces' ? name : inside
    const ask = { verb, group: '', resource, ...(namespace && { namespace }), ...(name && { name }) }
    if (!allows(bindings, user, ask)) throw new Refusal(403, `${user} cannot ${verb} ${resource}`)
    if (sub === 'token' && name) return issue(inside ?? '', name, body)
    if (verb === 'list') return listed(plural, inside, url.searchParams, accept)
    if (verb === 'create') return created(plural, inside, body, accept)
    const thing = name === undefined ? undefined : find(plural, inside, name)
    if (!thing) throw new Refusal(404, 'not found')
    if (verb === 'delete') {
      const uid = (body as { preconditions?: { uid?: string } })?.preconditions?.uid
      if (uid !== undefined && uid !== thing.uid) throw new Refusal(409, 'Precondition failed: UID')
      remove(thing)
      return { status: 200, body: { kind: 'Status', apiVersion: 'v1', status: 'Success' } }
    }
    return { status: 200, body: view(thing, accept) }
  }

  function listed(plural: string, inside: string | undefined, query: URLSearchParams, accept: string): Reply {
    const all = things
      .filter((each) => each.plural === plural && (inside === undefined || each.namespace === inside))
      .sort((a, b) => a.name.localeCompare(b.name))
    const [from, size] = [Number(query.get('continue') ?? 0), Number(query.get('limit') ?? 0) || all.length]
    const more = from + size < all.length ? { continue: String(from + size) } : {}
    const kind = accept.includes('as=PartialObjectMetadataList')
      ? 'PartialObjectMetadataList'
      : `${KINDS[plural]}List`
    return {
      status: 200,
      body: {
        kind,
        apiVersion: kind.startsWith('Partial') ? 'meta.k8s.io/v1' : 'v1',
        metadata: { resourceVersion: '1', ...more },
        items: all.slice(from, from + size).map((each) => view(each, accept)),
      },
    }
  }

  function created(plural: string, inside: string | undefined, body: Json, accept: string): Reply {
    const { metadata, data } = body as {
      metadata: Pick<Thing, 'name'> & Partial<Thing>
      data?: Thing['data']
    }
    const { name, labels = {}, annotations = {} } = metadata
    if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name))
      throw new Refusal(422, 'metadata.name: Invalid value')
    for (const [key, value] of Object.entries(labels))
      if (
        !/^[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?$/.test(key) ||
        !/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value)
      )
        throw new Refusal(422, 'metadata.labels: Invalid value')
    if (inside !== undefined && !find('namespaces', undefined, inside))
      throw new Refusal(404, 'no such namespace')
    if (find(plural, inside, name)) throw new Refusal(409, 'already exists')
    const where = inside === undefined ? {} : { namespace: inside }
    return {
      status: 201,
      body: view(add({ plural, name, labels, annotations, ...where, ...(data && { data }) }), accept),
    }
  }

  function issue(namespace: string, account: string, body: Json): Reply {
    if (!find('serviceaccounts', namespace, account)) throw new Refusal(404, 'no such service account')
    const { expirationSeconds: seconds, boundObjectRef: to } = (body as unknown as TokenRequest).spec
    if (!(seconds >= 600)) throw new Refusal(422, 'may not specify a duration less than 10 minutes')
    if (to && to.kind !== 'Secret' && to.kind !== 'Pod') throw new Refusal(400, 'cannot bind to that kind')
    const bound = to && find('secrets', namespace, to.name)
    if (to && !bound) throw new Refusal(404, 'no such object to bind to')
    if (to && to.uid !== bound?.uid)
      throw new Refusal(409, 'the UID in the bound object reference does not match')
    const until = now() + seconds * 1000
    const token = newToken()
    tokens.set(token, { user: userOf(namespace, account), until, ...(bound && { bound: bound.uid }) })
    return { status: 201, body: { ...body, status: { token, expirationTimestamp: time(until) } } }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const url = new URL(request.url ?? '/', 'https://kubernetes.test')
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const text = Buffer.concat(chunks).toString()
    let reply: Reply
    try {
      const body = text === '' ? {} : (JSON.parse(text) as Json)
      const user = who(bearer, request.socket as TLSSocket)
      seen.add(bearer)
      reply = answer(request.method ?? '', url, user, request.headers.accept ?? '', body)
    } catch (error) {
      const code = error instanceof Refusal ? error.status : 500
      const message = error instanceof Error ? error.message : ''
      reply = { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code } }
    }
    const at = bends.findIndex(({ path }) => path.test(url.pathname))
    const [bend] = at < 0 ? [] : bends.splice(at, 1)
    if (bend) reply = bend.change(reply)
    response.writeHead(reply.status, {
      'content-type': 'application/json',
      date: new Date(now()).toUTCString(),
    })
    response.end(JSON.stringify(reply.body))
  }

  const ca = readFileSync(certificate.caFile, 'utf8')
  const tls = {
    key: certificate.key,
    cert: certificate.cert,
    ca,
    requestCert: true,
    rejectUnauthorized: false,
  }
  const server = createServer(tls, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  for (const name of ['default', 'kube-system']) add({ plural: 'namespaces', name })
  const cluster: FakeKubernetes = {
    server: `https://127.0.0.1:${port}`,
    port,
    ca,
    client: { certificate: certificate.cert, key: certificate.key, user: 'upstream' },
    caFile: certificate.caFile,
    id: find('namespaces', undefined, 'kube-system')?.uid ?? '',
    hits,
    seen,
    namespace: (name, labels = {}) => void add({ plural: 'namespaces', name, labels }),
    bind: (user, rules, namespace) =>
      void bindings.push({ user, rules: rules.map(rule), ...(namespace !== undefined && { namespace }) }),
    account(namespace, name) {
      add({ plural: 'serviceaccounts', namespace, name })
      return userOf(namespace, name)
    },
    tokenOf(user) {
      const token = newToken()
      tokens.set(token, { user, until: Number.POSITIVE_INFINITY })
      return token
    },
    put(plural, namespace, name, data = {}) {
      const thing = add({ plural, namespace, name, data })
      return () => remove(thing)
    },
    names: (plural, namespace) =>
      things.filter((each) => each.plural === plural && each.namespace === namespace).map(({ name }) => name),
    bend: (path, change) => void bends.push({ path, change }),
    setClockAhead(seconds) {
      ahead = seconds
    },
    incomplete: false,
    async stop() {
      server.closeAllConnections()
      await new Promise((stopped) => server.close(stopped))
      await certificate.remove()
    },
  }
  return cluster
}
