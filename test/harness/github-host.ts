import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { createServer, request as requestHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { certify } from './authority.ts'
import { type GitServer, startGitServer } from './git-server.ts'
import { type AppRoot, type FakeGithub, startGithub } from './github.ts'

/** GitHub as git and its API see it: one host, where git takes what the API issued. */
export interface GithubHost {
  readonly origin: string
  readonly host: string
  readonly caFile: string
  /** For brokers that are to trust it. */
  readonly env: Readonly<Record<string, string>>
  readonly api: FakeGithub
  readonly git: GitServer
  /** Tokens that git came with, in the order they were first seen. */
  readonly seen: ReadonlySet<string>
  /** The root of an App for these repositories. */
  app(repositories: readonly string[], permissions: Readonly<Record<string, 'read' | 'write'>>): AppRoot
  stop(): Promise<void>
}

export async function startGithubHost(): Promise<GithubHost> {
  const certificate = await certify()
  const api = await startGithub()
  const git = await startGitServer()
  const seen = new Set<string>()

  const live = async (token: string): Promise<boolean> => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${api.origin}/installation/repositories`, { headers })).status === 200
  }
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const forGit = /^\/[^/]+\/[^/]+\.git\//.test(request.url ?? '')
    const { authorization = '', ...headers } = request.headers
    if (!forGit) return void pass(requestHttp, api.origin, request, response, { ...headers, authorization })
    const [user, token = ''] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':')
    if (user !== 'x-access-token' || !(await live(token)))
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    seen.add(token)
    const inner = `Basic ${Buffer.from(`x-access-token:${git.token}`).toString('base64')}`
    pass(requestHttps, git.origin, request, response, { ...headers, authorization: inner })
  }
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `localhost:${(server.address() as AddressInfo).port}`
  const origin = `https://${host}`
  return {
    origin,
    host,
    caFile: certificate.caFile,
    env: { NODE_EXTRA_CA_CERTS: certificate.caFile, BROKER_UPSTREAM_CA_FILE: certificate.caFile },
    api,
    git,
    seen,
    app: (repositories, permissions) => ({ ...api.app({ repositories, permissions }), origin }),
    async stop() {
      server.closeAllConnections()
      await new Promise((stopped) => server.close(stopped))
      await Promise.all([api.stop(), git.stop(), certificate.remove()])
    },
  }
}

function pass(
  send: typeof requestHttp,
  to: string,
  request: IncomingMessage,
  response: ServerResponse,
  headers: IncomingMessage['headers'],
): void {
  const inner = send(
    `${to}${request.url}`,
    { method: request.method ?? 'GET', headers, ...({ rejectUnauthorized: false } as object) },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    },
  )
  inner.once('error', () => response.destroy())
  request.pipe(inner)
}
