import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

// The vendor of the measurement: answers everything with the same kilobyte, over TLS.
const body = JSON.stringify({
  items: Array.from({ length: 24 }, (_, id) => ({ id, total: id * 100, state: 'open' })),
})
const read = (name: string) => readFileSync(process.env[name] ?? '')
const server = createServer({ key: read('KEY_FILE'), cert: read('CERT_FILE') }, (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`),
)
