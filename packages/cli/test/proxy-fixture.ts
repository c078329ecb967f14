import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type ClientHttp2Session, connect as http2Connect } from 'node:http2'
import { connect as netConnect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { promisify } from 'node:util'
import type { Approval } from '@credbroker/sdk/approval'
import { Broker } from '@credbroker/sdk/broker'
import { fakeBroker } from '../../sdk/test/fake-broker.ts'
import { forwardProxy } from '../src/exec/proxy/forward-proxy.ts'
import { passThrough } from '../src/exec/proxy/pass-through.ts'
import { sitesOf } from '../src/exec/proxy/site.ts'

export const HOST = 'api.vendor.test'
const SECRET = 'brk_run_secret'

export const run = promisify(execFile)

/** The proxy of a run with two scopes of one host, before a broker of the wire only. */
export async function startProxy() {
  const fake = await fakeBroker({
    first: { gateway: { connector: 'http', hosts: [HOST] } },
    second: { gateway: { connector: 'graphql', hosts: [HOST, 'other.vendor.test', '127.0.0.1:4711'] } },
  })
  const wanted = { environment: 'staging', purpose: 'p', scopes: ['first', 'second'] }
  const task = await new Broker(fake.profile).startTask(wanted)
  const asked: Approval[] = []
  const shown: string[] = []
  const refused: string[] = []
  const hooks = { whenAsked: (_: Approval): void => {} }
  const proxy = await forwardProxy({
    task,
    sites: sitesOf(task.grants),
    secret: SECRET,
    life: { now: new Date(), until: task.endsAt },
    passThrough: passThrough(['named.test', '127.0.0.1:9', '169.254.169.254'], async (host) => [
      { address: host === 'named.test' ? '10.1.2.3' : '93.184.215.14' },
    ]),
    tell: {
      waits: (_, approval) => {
        asked.push(approval)
        hooks.whenAsked(approval)
      },
      ownCredential: (host) => void shown.push(host),
      refused: (host) => void refused.push(host),
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'credbroker-proxy-'))
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, proxy.certificate)
  const sockets: { destroy(): void }[] = []

  const raw = async (): Promise<Socket> => {
    const socket = netConnect(Number(new URL(proxy.url).port), '127.0.0.1')
    sockets.push(socket)
    await new Promise((resolve) => socket.once('connect', resolve))
    return socket
  }
  const connectTo = async (authority: string, headers = basic()) => {
    const socket = await raw()
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${headers}\r\n`)
    return { socket, answer: await until(socket) }
  }
  const secured = async (servername = HOST, protocols = ['http/1.1']): Promise<TLSSocket> => {
    const { socket } = await connectTo(`${HOST}:443`)
    const tls = tlsConnect({ socket, servername, ca: proxy.certificate, ALPNProtocols: protocols })
    sockets.push(tls)
    await new Promise((resolve, reject) => tls.once('secureConnect', resolve).once('error', reject))
    return tls
  }
  return {
    fake,
    proxy,
    folder,
    ca,
    asked,
    shown,
    refused,
    hooks,
    calls: fake.gateway.calls,
    curl: async (...args: string[]) =>
      (await run('curl', ['-sS', '--max-time', '20', '-x', proxy.url, '--cacert', ca, ...args])).stdout,
    /** A connection to the proxy, by hand. */
    raw,
    connectTo,
    /** TLS inside a tunnel to {@link HOST}. */
    secured,
    session: async (): Promise<ClientHttp2Session> => {
      const tls = await secured(HOST, ['h2'])
      const client = http2Connect(`https://${HOST}`, { createConnection: () => tls })
      sockets.push(client)
      return client
    },
    hangUp: () => {
      for (const socket of sockets.splice(0)) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      this.hangUp()
      proxy.close()
      rmSync(folder, { recursive: true })
      await fake[Symbol.asyncDispose]()
    },
  }
}
export type StartedProxy = Awaited<ReturnType<typeof startProxy>>

export const basic = (user = 'broker', secret = SECRET) =>
  `Proxy-Authorization: Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}\r\n`

/** What comes until this is in it, or until the end. */
export function until(socket: Socket, wanted: RegExp = /\r\n\r\n/): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const done = () => {
      socket.off('data', more)
      resolve(text)
    }
    const more = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (wanted.test(text)) done()
    }
    socket.on('data', more)
    socket.once('close', done)
  })
}

export function h2(client: ClientHttp2Session, headers: object): Promise<{ status: unknown; text: string }> {
  return new Promise((resolve, reject) => {
    const stream = client.request({ ':path': '/x', ...headers })
    let [status, text]: [unknown, string] = [0, '']
    stream.on('response', (head) => {
      status = head[':status']
    })
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    stream.on('end', () => resolve({ status, text })).on('error', reject)
  })
}
