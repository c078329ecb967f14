import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Certificate, certify } from './authority.ts'
import { asApp, Refusal } from './github-app-token.ts'
import { answerGraphql } from './github-graphql.ts'
import { neededFor } from './github-routes.ts'
import type { App, Permissions, Repository, Token } from './github-state.ts'

export interface AppRoot {
  readonly appId: string
  readonly installationId: string
  readonly privateKey: string
  readonly origin: string
}

interface Reply {
  status: number
  body: unknown
}

/**
 * Stands in for GitHub: App tokens are verified, installation tokens hold for the repositories and permissions they were issued
 * for and for an hour, and can be taken back. What a route asks for is in {@link neededFor}.
 */
type Bend = (reply: Reply) => Reply | undefined | Promise<Reply | undefined>

export interface FakeGithub {
  readonly origin: string
  readonly host: string
  readonly caFile: string | undefined
  /** For brokers that are to trust it. */
  readonly env: Readonly<Record<string, string>>
  /** What was done to repositories: `PUT /repos/acme/shop/contents/a`. */
  readonly acts: string[]
  /** All that came in. */
  readonly hits: string[]
  readonly liveTokens: number
  /** Answers its id. */
  repository(name: string): string
  rename(from: string, to: string): void
  app(options: {
    readonly repositories: readonly string[]
    readonly permissions: Permissions
    readonly all?: boolean
  }): AppRoot
  /** Another installation of the same App. */
  install(root: AppRoot, repositories: readonly string[], permissions: Permissions): AppRoot
  suspend(root: AppRoot): void
  setClockAhead(seconds: number): void
  /** Every token that was issued is one no longer. */
  forgetTokens(): void
  /** Changes the next answer to a path that fits; `undefined` cuts the connection, though GitHub has acted. */
  bend(path: RegExp, change: Bend): void
  stop(): Promise<void>
}

export async function startGithub({ tls = false } = {}): Promise<FakeGithub> {
  const certificate: Certificate | undefined = tls ? await certify() : undefined
  const apps = new Map<string, App>()
  const repositories: Repository[] = []
  const moved = new Map<string, number>()
  const tokens = new Map<string, Token>()
  const acts: string[] = []
  const hits: string[] = []
  const bends: { path: RegExp; change: Bend }[] = []
  let ahead = 0
  let serial = 1000
  const now = () => Date.now() + ahead * 1000

  const named = (name: string) => {
    const found = repositories.find((each) => each.name.toLowerCase() === name.toLowerCase())
    if (!found) throw new Error(`no repository ${name}`)
    return found
  }
  const view = ({ id, name }: Repository) => ({ id, name: name.split('/')[1], full_name: name })

  function asInstallation(bearer: string): Token {
    const token = tokens.get(bearer)
    if (!token || token.until <= now()) throw new Refusal(401, 'Bad credentials')
    return token
  }

  function issue(app: App, id: number, body: Record<string, unknown>): Reply {
    const installation = app.installations.find((each) => each.id === id)
    if (!installation) throw new Refusal(404, 'Not Found')
    if (installation.suspended) throw new Refusal(403, 'This installation has been suspended')
    const {
      permissions = installation.permissions,
      repository_ids,
      repositories: names,
    } = body as {
      permissions?: Permissions
      repository_ids?: number[]
      repositories?: string[]
    }
    for (const [name, level] of Object.entries(permissions))
      if (
        name !== 'metadata' &&
        !(installation.permissions[name] === level || installation.permissions[name] === 'write')
      )
        throw new Refusal(422, 'The permissions requested are not granted to this installation.')
    const narrowed = repository_ids !== undefined || names !== undefined
    const chosen = narrowed
      ? installation.repositories.filter(
          (each) => repository_ids?.includes(each.id) || names?.includes(each.name.split('/')[1] ?? ''),
        )
      : installation.repositories
    if (narrowed && chosen.length !== (repository_ids ?? []).length + (names ?? []).length)
      throw new Refusal(422, 'There is at least one repository that does not exist or is not accessible')
    const token = `ghs_${serial}_${randomBytes(30).toString('base64url')}.${randomBytes(30).toString('base64url')}`
    const until = now() + 3_600_000
    tokens.set(token, { permissions: { metadata: 'read', ...permissions }, repositories: chosen, until })
    return {
      status: 201,
      body: {
        token,
        expires_at: `${new Date(until).toISOString().slice(0, 19)}Z`,
        permissions: { metadata: 'read', ...permissions },
        repository_selection: narrowed || !installation.all ? 'selected' : 'all',
        ...(narrowed && { repositories: chosen.map(view) }),
      },
    }
  }

  async function answer(
    method: string,
    path: string,
    query: URLSearchParams,
    bearer: string,
    body: unknown,
  ): Promise<Reply> {
    if (path === '/app') return { status: 200, body: { slug: `app-${asApp(bearer, apps, now()).id}` } }
    if (path === '/app/installations')
      return {
        status: 200,
        body: asApp(bearer, apps, now()).installations.map(({ id, all, permissions, suspended }) => ({
          id,
          account: { login: 'acme' },
          repository_selection: all ? 'all' : 'selected',
          permissions,
          suspended_at: suspended ? new Date().toISOString() : null,
        })),
      }
    const issues = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path)
    if (issues && method === 'POST')
      return issue(asApp(bearer, apps, now()), Number(issues[1]), body as Record<string, unknown>)
    const token = asInstallation(bearer)
    if (path === '/graphql' && method === 'POST')
      return { status: 200, body: await answerGraphql(body, { ...token, acted: (act) => acts.push(act) }) }
    if (path === '/installation/token' && method === 'DELETE') {
      tokens.delete(bearer)
      return { status: 204, body: undefined }
    }
    if (path === '/installation/repositories') {
      const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 30)]
      const part = token.repositories.slice((page - 1) * size, page * size)
      return { status: 200, body: { total_count: token.repositories.length, repositories: part.map(view) } }
    }
    return inRepository(token, method, path)
  }

  function inRepository(token: Token, method: string, path: string): Reply {
    const [, name = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)\/?(.*)$/.exec(path) ?? []
    const away = moved.get(name.toLowerCase())
    if (away !== undefined) return { status: 301, body: { url: `/repositories/${away}` } }
    const repository = token.repositories.find((each) => each.name.toLowerCase() === name.toLowerCase())
    const needed = neededFor(method, rest)
    if (!repository || !needed) throw new Refusal(404, 'Not Found')
    for (const [permission, level] of needed)
      if (token.permissions[permission] !== level && token.permissions[permission] !== 'write')
        throw new Refusal(403, 'Resource not accessible by integration')
    if (rest !== '' || method !== 'GET') acts.push(`${method} ${path}`)
    if (rest === '' && method === 'GET') return { status: 200, body: view(repository) }
    return { status: method === 'DELETE' ? 204 : 200, body: method === 'DELETE' ? undefined : { ok: true } }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const url = new URL(request.url ?? '/', 'https://github.test')
    const method = request.method ?? ''
    hits.push(`${method} ${request.url}`)
    const text = Buffer.concat(chunks).toString()
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    let reply: Reply
    try {
      reply = await answer(
        method,
        url.pathname,
        url.searchParams,
        bearer,
        text === '' ? {} : JSON.parse(text),
      )
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500
      reply = { status, body: { message: error instanceof Refusal ? error.message : 'Server Error' } }
    }
    const at = bends.findIndex(({ path }) => path.test(url.pathname))
    const [bend] = at < 0 ? [] : bends.splice(at, 1)
    const bent = bend ? await bend.change(reply) : reply
    if (!bent) {
      request.socket.destroy()
      return
    }
    response.writeHead(bent.status, {
      'content-type': 'application/json; charset=utf-8',
      date: new Date(now()).toUTCString(),
      ...(bent.status === 301 && { location: `${origin}${(bent.body as { url: string }).url}` }),
    })
    response.end(bent.body === undefined ? '' : JSON.stringify(bent.body))
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch(() => response.destroy())
  }
  const server = certificate
    ? createHttps({ key: certificate.key, cert: certificate.cert }, listener)
    : createHttp(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const origin = `${tls ? 'https' : 'http'}://${host}`
  const caFile = certificate?.caFile

  return {
    origin,
    host,
    caFile,
    env: caFile === undefined ? {} : { BROKER_UPSTREAM_CA_FILE: caFile, NODE_EXTRA_CA_CERTS: caFile },
    acts,
    hits,
    get liveTokens() {
      return [...tokens.values()].filter(({ until }) => until > now()).length
    },
    repository(name) {
      const repository = { id: 700_000 + ++serial, name }
      repositories.push(repository)
      return String(repository.id)
    },
    forgetTokens: () => tokens.clear(),
    rename(from, to) {
      const repository = named(from)
      moved.set(from.toLowerCase(), repository.id)
      moved.delete(to.toLowerCase())
      repository.name = to
    },
    app({ repositories: names, permissions, all = false }) {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      })
      const id = String(++serial)
      const installation = {
        id: ++serial,
        repositories: names.map(named),
        permissions,
        all,
        suspended: false,
      }
      apps.set(id, { id, publicKey, installations: [installation] })
      return { appId: id, installationId: String(installation.id), privateKey, origin }
    },
    install(root, names, permissions) {
      const id = ++serial
      const installation = { id, repositories: names.map(named), permissions, all: false, suspended: false }
      apps.get(root.appId)?.installations.push(installation)
      return { ...root, installationId: String(id) }
    },
    suspend(root) {
      for (const each of apps.get(root.appId)?.installations ?? [])
        if (String(each.id) === root.installationId) each.suspended = true
    },
    setClockAhead(seconds) {
      ahead = seconds
    },
    bend: (path, change) => void bends.push({ path, change }),
    async stop() {
      server.closeAllConnections()
      await new Promise((stopped) => server.close(stopped))
      await certificate?.remove()
    },
  }
}
