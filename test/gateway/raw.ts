import { connect, type Socket } from 'node:net'
import type { ClientKey } from '@credbroker/core/client-key'
import type { TestBroker } from '../harness/broker.ts'
import { proofFor } from '../security/wire.ts'
import type { Case } from './cases/case.ts'

export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

export interface Signed {
  readonly key: ClientKey
  readonly token: string
  readonly scope: string
}

export type Headers = NonNullable<Case['headers']>

/** A call with a good token and proof, its bytes on the wire as the case says: no client stands in between and tidies up. */
export async function sendRaw(
  broker: TestBroker,
  signed: Signed,
  { method, target, headers = [], body = '' }: Case,
  /** Before the path, in absolute form. */
  origin = '',
): Promise<RawAnswer> {
  const bytes = Buffer.from(body)
  const head = headOf(broker, signed, {
    ...(method !== undefined && { method }),
    target,
    origin,
    headers: [
      ...(bytes.length > 0 ? [['Content-Length', String(bytes.length)] as const] : []),
      ...headers,
      ...(headers.some(([name]) => name === 'Connection') ? [] : [['Connection', 'close'] as const]),
    ],
  })
  const connection = dial(broker)
  connection.write(head)
  connection.write(bytes)
  return parsed(await connection.closed)
}

/** The head of a signed request, as it stands on the wire. `proof`: in place of a fresh one. */
export function headOf(
  broker: TestBroker,
  { key, token, scope }: Signed,
  {
    method = 'GET',
    target,
    origin = '',
    headers = [],
    proof,
  }: Pick<Case, 'method' | 'target'> & { origin?: string; headers?: Headers; proof?: string },
): string {
  const path = `/gateway/${scope}${target}`
  const framed = [
    ['Host', new URL(broker.address).host],
    ['Authorization', `DPoP ${token}`],
    ['DPoP', proof ?? proofFor(broker, key, { method, path: path.split('?')[0] ?? path, token })],
    ...headers,
  ]
  return `${method} ${origin}${path} HTTP/1.1\r\n${framed.map((pair) => pair.join(': ')).join('\r\n')}\r\n\r\n`
}

export interface Connection {
  readonly socket: Socket
  write(bytes: string | Uint8Array): void
  /** All that came so far. */
  readonly heard: string
  /** All that came, once the server closed it. */
  readonly closed: Promise<string>
}

export function dial(broker: TestBroker): Connection {
  const chunks: Buffer[] = []
  const heard = () => Buffer.concat(chunks).toString()
  const socket = connect(Number(new URL(broker.address).port), '127.0.0.1')
  const closed = new Promise<string>((resolve, reject) => {
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(heard()) : reject(error),
    )
    socket.on('close', () => resolve(heard()))
  })
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    get heard() {
      return heard()
    },
    closed,
  }
}

export function parsed(answer: string): RawAnswer {
  const end = answer.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
  return { status, head: answer.slice(0, end), body: answer.slice(end + 4) }
}

/** Which statuses a connection was answered with, in order. */
export const statuses = (answer: string): number[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
