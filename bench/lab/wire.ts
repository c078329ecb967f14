import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/**
 * A bare HTTP/1.1 client on kept-alive sockets, one request at a time on each. Node's own clients cost as much CPU per
 * request as the broker, on the same two cores; measured with one, the broker would look half as fast as it is.
 */
export class Wire {
  readonly #idle: Socket[]
  readonly #sockets: readonly Socket[]

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets
    this.#idle = [...sockets]
  }

  /** `ca`: speaks TLS, with a server that this authority vouches for. */
  static async open(port: number, sockets: number, ca?: string): Promise<Wire> {
    return new Wire(await Promise.all(Array.from({ length: sockets }, () => openSocket(port, ca))))
  }

  /** Sends prepared bytes and answers status and body. Never more at once than there are sockets. */
  async send(request: Buffer): Promise<{ status: number; body: string }> {
    const socket = this.#idle.pop()
    if (!socket) throw new Error('more requests in flight than sockets')
    try {
      return await exchange(socket, request)
    } finally {
      this.#idle.push(socket)
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** The bytes of one request. */
export function requestBytes(
  method: string,
  path: string,
  port: number,
  headers: Readonly<Record<string, string>>,
  body = '',
): Buffer {
  const all = {
    host: `127.0.0.1:${port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

function openSocket(port: number, ca?: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const to = { port, host: '127.0.0.1', noDelay: true }
    const socket = ca === undefined ? connect(to) : connectTls({ ...to, ca })
    socket.once(ca === undefined ? 'connect' : 'secureConnect', () => resolve(socket))
    socket.once('error', reject)
  })
}

function exchange(socket: Socket, request: Buffer): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    let text = ''
    const settle = (done: () => void) => {
      socket.off('data', read)
      socket.off('close', broken)
      done()
    }
    const broken = () => settle(() => reject(new Error('the broker closed the connection')))
    const read = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN)
      if (Number.isNaN(length)) return settle(() => reject(new Error('an answer without content-length')))
      if (text.length < head + 4 + length) return
      const answer = { status: Number(text.slice(9, 12)), body: text.slice(head + 4) }
      settle(() => resolve(answer))
    }
    socket.on('data', read)
    socket.on('close', broken)
    socket.write(request)
  })
}
