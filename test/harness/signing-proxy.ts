import { randomFillSync } from 'node:crypto'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ClientKey, signProof } from '@credbroker/core/client-key'

/** A loopback address where requests that carry {@link STAND_IN} are signed and sent on to a broker. */
export interface SigningProxy {
  readonly url: string
  /** How often the broker gave which status to requests that were signed here. */
  readonly signed: ReadonlyMap<number, number>
  close(): Promise<void>
}

export interface Signer {
  readonly key: ClientKey
  /** A token that is good now. */
  readonly token: () => Promise<string>
}

/** What a tool that cannot sign sends as its Authorization; a request without it goes on as it came. */
export const STAND_IN = 'DPoP stand-in'

/**
 * For tools that know HTTP and no DPoP (RFC 9449): token and a fresh proof in place of {@link STAND_IN}, every other
 * byte as it came, so that what such a tool does wrong reaches the broker.
 */
export async function startSigningProxy(broker: string, signer: Signer): Promise<SigningProxy> {
  const signed = new Map<number, number>()
  const server = createServer((incoming, outgoing) => {
    forward({ broker, signer, signed }, incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    signed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Way {
  readonly broker: string
  readonly signer: Signer
  readonly signed: Map<number, number>
}

async function forward(
  { broker, signer, signed }: Way,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/' } = incoming
  const headers = [...incoming.rawHeaders]
  const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === 'authorization')
  const signs = at >= 0 && headers[at + 1] === STAND_IN
  if (signs) {
    const accessToken = await signer.token()
    const asked = { method, url: broker + url, accessToken }
    headers[at + 1] = `DPoP ${accessToken}`
    headers.push(
      'DPoP',
      signProof(asked, signer.key, new Date(), (bytes) => randomFillSync(bytes)),
    )
  }
  const { hostname, port } = new URL(broker)
  const sent = request({ hostname, port, method, path: url, headers }, (answer) => {
    const { statusCode: status = 502 } = answer
    if (signs) signed.set(status, (signed.get(status) ?? 0) + 1)
    outgoing.writeHead(status, answer.rawHeaders)
    answer.pipe(outgoing)
  })
  sent.on('error', () => outgoing.destroy())
  incoming.on('error', () => sent.destroy())
  incoming.pipe(sent)
}
