import { once } from 'node:events'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { certify } from './authority.ts'

/** One request, exactly as it came. */
export interface Received {
  readonly method: string
  readonly target: string
  /** As they came, in order, duplicates kept. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** Which connection it came on, counted from 1. */
  readonly connection: number
  header(name: string): string | undefined
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** An iterable is sent piece by piece. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>
}

/** Answers with what is returned; where nothing is, `response` was used by hand. */
// biome-ignore lint/suspicious/noConfusingVoidType: whoever writes the answer by hand returns nothing
export type Answerer = (request: Received, response: ServerResponse) => Reply | void | Promise<Reply | void>

/** A vendor over HTTPS, or HTTP, on loopback that keeps what it received. */
export interface RecordingUpstream {
  /** `https://127.0.0.1:4711` */
  readonly origin: string
  /** `127.0.0.1:4711`, as anchors of the kinds `http` and `graphql` have it. */
  readonly host: string
  readonly caFile: string
  /** For brokers that are to trust it. */
  readonly env: Readonly<Record<string, string>>
  readonly hits: readonly Received[]
  /** Answers of requests that have not ended. */
  readonly open: number
  /** From now on. */
  answer(by: Answerer): void
  forget(): void
  /** Forgets, and answers as it did at first. */
  reset(): void
  stop(): Promise<void>
}

const OK: Answerer = () => ({ headers: { 'content-type': 'application/json' }, body: '{"ok":true}' })

export async function startUpstream(
  answerer: Answerer = OK,
  { tls = true } = {},
): Promise<RecordingUpstream> {
  const certificate = await certify()
  const hits: Received[] = []
  const connections = new Map<Socket, number>()
  let answering = answerer
  let open = 0
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    open += 1
    response.once('close', () => {
      open -= 1
    })
    receive(request, connections)
      .then((received) => {
        hits.push(received)
        return reply(received, response, answering)
      })
      .catch(() => response.destroy())
  }
  const server = tls
    ? createHttps({ key: certificate.key, cert: certificate.cert }, listener)
    : createHttp(listener)
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) =>
    connections.set(socket, connections.size + 1),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin: `${tls ? 'https' : 'http'}://${host}`,
    host,
    caFile: certificate.caFile,
    env: { BROKER_UPSTREAM_CA_FILE: certificate.caFile },
    hits,
    get open() {
      return open
    },
    answer(by) {
      answering = by
    },
    forget() {
      hits.length = 0
    },
    reset() {
      hits.length = 0
      answering = answerer
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((stopped) => server.close(stopped))
      await certificate.remove()
    },
  }
}

async function receive(
  request: IncomingMessage,
  connections: ReadonlyMap<Socket, number>,
): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const raw = request.rawHeaders
  const headers = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []))
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
    connection: connections.get(request.socket) ?? 0,
    header: (wanted) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1],
  }
}

async function reply(received: Received, response: ServerResponse, answering: Answerer): Promise<void> {
  const answer = await answering(received, response)
  if (!answer) return
  const { status = 200, headers = {}, body = '' } = answer
  response.writeHead(status, headers)
  if (typeof body === 'string' || body instanceof Uint8Array) {
    response.end(body)
    return
  }
  response.flushHeaders()
  for await (const piece of body) {
    if (response.destroyed) return
    response.write(piece)
  }
  response.end()
}

/** Ways in which a vendor misbehaves, or says too much. */
export const FAULTS = {
  /** Takes the request and never answers. */
  silent: (): Answerer => () => undefined,
  /** Takes the request and closes the connection. */
  cut: (): Answerer => (_, response) => {
    response.destroy()
  },
  /** Says how long its answer is and closes the connection before that. */
  cutHalfWay: (): Answerer => (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '1000' })
    response.write('half', () => response.destroy())
  },
  huge:
    (bytes: number): Answerer =>
    () => ({ body: pieces(Math.ceil(bytes / 65_536), 'x'.repeat(65_536)) }),
  redirect:
    (to: string, status = 302): Answerer =>
    () => ({ status, headers: { location: to } }),
  /** Gives back all that it received, in a form of the caller's choice. */
  echo:
    (form: (text: string) => string = (text) => text): Answerer =>
    (received) => ({
      headers: { 'content-type': 'text/plain' },
      body: form(JSON.stringify({ ...received, header: undefined })),
    }),
  /** The same, each byte in a chunk of its own. */
  echoInPieces: (): Answerer => (received) => ({
    headers: { 'content-type': 'text/plain' },
    body: each(JSON.stringify(received.headers)),
  }),
} as const

async function* pieces(count: number, piece: string) {
  for (let at = 0; at < count; at++) yield piece
}

async function* each(text: string) {
  for (const character of text) {
    yield character
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Server-sent events for as long as somebody listens. `send` is ready once a listener is there. */
export function events(): { readonly answerer: Answerer; send(text: string): void; close(): void } {
  let current: ServerResponse | undefined
  return {
    answerer: (_, response) => {
      current = response
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
    },
    send: (text) => current?.write(`data: ${text}\n\n`),
    close: () => current?.end(),
  }
}
