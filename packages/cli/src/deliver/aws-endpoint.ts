import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Secret } from '@credbroker/core/secret'
import { awsProvider } from '@credbroker/sdk/aws'
import { BrokerApiError } from '@credbroker/sdk/errors'
import type { LeaseHandle } from '@credbroker/sdk/lease-handle'
import { createServer } from '../local/node-http.ts'

export interface AwsEndpoint {
  readonly port: number
  /** What `AWS_CONTAINER_CREDENTIALS_FULL_URI` is for this scope. */
  url(scope: string): string
  close(): void
}

/**
 * The container credentials endpoint of the AWS SDKs, on loopback, for one run. Other processes of this machine can
 * reach it, and so can web pages by DNS rebinding: it answers to the run's secret only, asked under its own name and
 * not by a browser.
 */
export async function awsEndpoint(handles: readonly LeaseHandle[], secret: Secret): Promise<AwsEndpoint> {
  const byPath = new Map(handles.map((handle) => [`/${handle.scope}`, handle]))
  const expected = digest(secret.expose())
  let host = ''
  const refusal = (request: IncomingMessage): [number, string] | undefined => {
    const { headers } = request
    const browser =
      headers.origin !== undefined || Object.keys(headers).some((name) => name.startsWith('sec-fetch-'))
    if (headers.host !== host || browser)
      return [403, 'this endpoint answers to the command it was opened for']
    if (!timingSafeEqual(digest(headers.authorization ?? ''), expected))
      return [401, 'wrong authorization token']
    if (request.method !== 'GET') return [405, 'GET only']
    return undefined
  }
  const answer = async (request: IncomingMessage): Promise<[number, object]> => {
    const refused = refusal(request)
    if (refused) return [refused[0], { code: 'Refused', message: refused[1] }]
    const handle = byPath.get(request.url ?? '')
    if (!handle) return [404, { code: 'NotFound', message: 'no such scope in this run' }]
    try {
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = await awsProvider(handle)()
      const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken }
      return [200, { ...keys, Expiration: expiration.toISOString() }]
    } catch (error) {
      if (error instanceof BrokerApiError) return [error.status, { code: error.code, message: error.reason }]
      return [503, { code: 'unreachable', message: 'the broker does not answer' }]
    }
  }
  const server = createServer((request, response) => {
    answer(request).then(
      ([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        response.end(JSON.stringify(body))
      },
      () => request.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  host = `127.0.0.1:${port}`
  return {
    port,
    url: (scope) => `http://${host}/${scope}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Equal lengths for the comparison in constant time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
