import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from '../../local/node-http.ts'
import { createAuthority } from './authority.ts'
import type { PassThrough } from './pass-through.ts'
import { PROXY_USER, proxySecret } from './proxy-secret.ts'
import { type Refusal, Refused, refusalBody, refusalOf, refuse } from './refusal.ts'
import { type RelayDeps, relay } from './relay.ts'
import { type Site, siteKey, target } from './site.ts'
import { type TlsSite, tlsSite } from './tls-site.ts'

export interface ForwardProxy {
  /** With the run's secret in it. */
  readonly url: string
  /** Of the authority that its hosts are shown with. */
  readonly certificate: string
  close(): void
}

export interface ProxyOptions extends RelayDeps {
  readonly sites: ReadonlyMap<string, Site>
  readonly secret: string
  readonly life: { readonly now: Date; readonly until: Date }
  readonly passThrough: PassThrough
}

/**
 * A proxy on loopback for tools that know only their vendor's host. It answers to the run's secret, and knows the hosts of
 * the run's scopes: what goes there is made by the broker. Everything else is refused, or passes without any credential.
 */
export async function forwardProxy(options: ProxyOptions): Promise<ForwardProxy> {
  const { sites, secret, life, passThrough } = options
  const mayUse = proxySecret(secret)
  const authority = await createAuthority([...new Set([...sites.values()].map(({ host }) => host))], life)
  const opened = new Map<string, Promise<TlsSite>>()
  const sockets = new Set<Socket>()

  const siteOf = (site: Site): Promise<TlsSite> => {
    const known =
      opened.get(siteKey(site)) ??
      tlsSite(site, authority, (request, response) => {
        relay(request, response, site, options).catch(() => response.destroy())
      })
    opened.set(siteKey(site), known)
    return known
  }
  const connect = async (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!mayUse(request.headers['proxy-authorization'])) {
      // The connection stays: git and curl try again on the same one.
      socket.write(headOf(407, 'Proxy Authentication Required', UNKNOWN, true))
      if (head.length > 0) socket.unshift(head)
      server.emit('connection', socket)
      return
    }
    const where = target(request.url ?? '', 0)
    if (!where) throw new Refused(400, 'CONNECT takes host and port')
    const site = sites.get(siteKey(where))
    if (!site) {
      const far = await passThrough.dial(where).catch((error: unknown) => {
        if (error instanceof Refused) options.tell.refused(where.host)
        throw error
      })
      return tunnel(socket, head, far, sockets)
    }
    const ends = await siteOf(site)
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    sockets.delete(socket)
    ends.take(socket)
  }
  const server: Server = createServer((request, response) => {
    const refusal = mayUse(request.headers['proxy-authorization']) ? PLAIN : UNKNOWN
    refuse(response, refusal, refusal === UNKNOWN ? CHALLENGE : {})
  })
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    connect(request, socket, head).catch((error: unknown) => {
      const refusal = refusalOf(error)
      socket.end(headOf(refusal.status, 'Refused', refusal, false))
    })
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${PROXY_USER}:${encodeURIComponent(secret)}@127.0.0.1:${port}`,
    certificate: authority.certificate,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      for (const site of opened.values()) void site.then((one) => one.close())
    },
  }
}

const CHALLENGE = { 'proxy-authenticate': 'Basic realm="broker exec"' } as const

const UNKNOWN: Refusal = {
  status: 407,
  code: 'unauthenticated',
  message: 'This proxy answers to the command it was opened for',
}
const PLAIN: Refusal = {
  status: 403,
  code: 'call_refused',
  message: 'Nothing goes out without TLS',
  todo: 'Use https.',
}

function headOf(status: number, phrase: string, refusal: Refusal, stays: boolean): string {
  const body = refusalBody(refusal)
  const headers = {
    ...(status === 407 && CHALLENGE),
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    connection: stays ? 'keep-alive' : 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${phrase}\r\n${lines.join('')}\r\n${body}`
}

function tunnel(socket: Socket, head: Buffer, far: Socket, sockets: Set<Socket>): void {
  sockets.add(far)
  const ends: readonly (readonly [Socket, Socket])[] = [
    [socket, far],
    [far, socket],
  ]
  for (const [one, other] of ends) {
    one.on('error', () => other.destroy())
    one.once('close', () => {
      sockets.delete(one)
      other.destroy()
    })
  }
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
  far.write(head)
  socket.pipe(far)
  far.pipe(socket)
}
