import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateClientKey } from '@credbroker/core/client-key'
import { saveProfile } from '../src/profile.ts'

/** What a route answers: a body, or a status and a body. */
export type Reply = object | readonly [status: number, body: object]

export interface Seen {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly authorization: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** A server that speaks the wire and decides nothing: routes answer what the test says, and requests are kept. */
export interface BrokerDouble extends AsyncDisposable {
  readonly url: string
  readonly seen: readonly Seen[]
}

/** Routes by `METHOD /path` without a query. */
export async function brokerDouble(
  routes: Readonly<Record<string, Reply | ((seen: Seen) => Reply)>>,
): Promise<BrokerDouble> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { method = '', url = '', headers } = request
    const isJson = headers['content-type'] === 'application/json'
    const one = {
      method,
      path: url,
      headers,
      authorization: headers.authorization,
      body: isJson ? JSON.parse(text) : text,
    }
    seen.push(one)
    const route = routes[`${method} ${url.split('?')[0]}`] ?? builtIn(url, server.address() as AddressInfo)
    const reply = typeof route === 'function' ? route(one) : (route ?? problem(404, 'not_found'))
    const [status, body] = Array.isArray(reply) ? reply : [200, reply]
    response.writeHead(status, {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
    })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function builtIn(path: string, { port }: AddressInfo): Reply | undefined {
  if (path === '/oauth/token') return { access_token: 'principal-token', token_type: 'DPoP', expires_in: 300 }
  if (path === '/.well-known/oauth-authorization-server') return { issuer: `http://127.0.0.1:${port}` }
  return undefined
}

export const problem = (status: number, code: string, rest: object = {}): [number, object] => [
  status,
  { type: `x/${code}`, title: code, status, code, request_id: 'req_0', retryable: false, ...rest },
]

/** Leaves a profile for the double where `env` says profiles are. */
export const enrolledAt = async (
  url: string,
  env: Record<string, string>,
  principal: 'user:mia' | 'agent:fixer' = 'user:mia',
  name = 'default',
): Promise<void> => {
  const key = generateClientKey().privateJwk
  await saveProfile(env, name, {
    url,
    issuer: url,
    principal,
    key,
    keyEndsAt: '2027-01-01T00:00:00.000Z',
  })
}
