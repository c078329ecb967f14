import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
} from '@modelcontextprotocol/server'
import { serverOf } from './server.ts'
import type { Desk } from './tool.ts'

const MOST_BYTES = 4 * 1024 * 1024

export interface HttpServer extends AsyncDisposable {
  readonly url: string
}

/** On loopback only, and for those only who know the secret: a port is open to every user of the machine, and to every page in a browser. */
export async function serveOverHttp(desk: Desk, secret: string, port: number): Promise<HttpServer> {
  const mcp = createMcpHandler(serverOf(desk), { maxRequestBodySize: MOST_BYTES })
  const handle = toNodeHandler({
    fetch: async (request) => guard(request, secret) ?? (await mcp.fetch(request)),
  })
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/' } = request
    void handle(Object.assign(request, { method, url }), response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    async [Symbol.asyncDispose]() {
      await mcp.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The answer to a request that must not be served. */
function guard(request: Request, secret: string): Response | undefined {
  const strange =
    hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
    originValidationResponse(request, localhostAllowedOrigins())
  if (strange) return strange
  if (new URL(request.url).pathname !== '/mcp') return new Response(null, { status: 404 })
  if (isSame(request.headers.get('authorization') ?? '', `Bearer ${secret}`)) return undefined
  return new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer' } })
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const isSame = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected))
