import { connect } from 'node:net'
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

/** A call with a good token and proof, its bytes on the wire as the case says: no client stands in between and tidies up. */
export async function sendRaw(
  broker: TestBroker,
  { key, token, scope }: Signed,
  { method = 'GET', target, headers = [], body = '' }: Case,
  /** Before the path, in absolute form. */
  origin = '',
): Promise<RawAnswer> {
  const path = `/gateway/${scope}${target}`
  const proof = proofFor(broker, key, { method, path: path.split('?')[0] ?? path, token })
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body)
  const framed = [
    ['Host', new URL(broker.address).host],
    ['Authorization', `DPoP ${token}`],
    ['DPoP', proof],
    ...(bytes.length > 0 ? [['Content-Length', String(bytes.length)]] : []),
    ...headers,
    ...(headers.some(([name]) => name === 'Connection') ? [] : [['Connection', 'close']]),
  ]
  const head = [`${method} ${origin}${path} HTTP/1.1`, ...framed.map((pair) => pair.join(': '))].join('\r\n')
  const answer = await exchange(Number(new URL(broker.address).port), [Buffer.from(`${head}\r\n\r\n`), bytes])
  const end = answer.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
  return { status, head: answer.slice(0, end), body: answer.slice(end + 4) }
}

const exchange = (port: number, parts: readonly Uint8Array[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part)
    })
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(Buffer.concat(chunks).toString()) : reject(error),
    )
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
  })
