import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { listenHttp } from './http-listener.ts'

const patience = { headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 50 }

/** What comes back until the server hangs up. */
const untilClosed = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })

describe('whoever sends slowly is hung up on', () => {
  it.each([
    ['in the head', 'POST / HTTP/1.1\r\nHost: x\r\nContent-'],
    ['in the body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf'],
    ['in a chunk', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('%s', async (_where, text) => {
    const app = { fetch: async (request: Request) => new Response(await request.text()) }
    const listener = await listenHttp(app, '127.0.0.1', 0, patience)
    try {
      expect(await untilClosed(listener.port, text)).toMatch(/^HTTP\/1\.1 408 /)
    } finally {
      await listener.stop()
    }
  })
})
