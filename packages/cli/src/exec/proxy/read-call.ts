import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { MOST_BYTES } from '@credbroker/sdk/call-request'
import { Refused } from './refusal.ts'
import { type Site, siteKey, target } from './site.ts'

export type Asked = IncomingMessage | Http2ServerRequest

/** What a tool asks of its vendor, without what it says of itself: whose credential is used is not its business. */
export interface ToolCall {
  readonly method: string
  /** Path and query, as they came. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer<ArrayBuffer> | undefined
}

/** Of one connection only, or about the framing; credentials; and what only proxies may say. */
const DROPPED =
  /^(:.*|host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-length|content-encoding|accept-encoding|authorization|cookie|dpop|via|forwarded|x-forwarded-.*|broker-.*|sec-.*)$/

/**
 * @param bytes the body as it came; read by {@link readBody}, so that what is refused by its head alone is refused early
 * @throws Refused
 */
export async function readCall(request: Asked, site: Site): Promise<ToolCall> {
  checkHead(request, site)
  const { 'content-encoding': encoding = 'identity', connection = '' } = request.headers
  const raw = await readBody(request)
  const body = await decoded(raw, encoding.trim().toLowerCase())
  const own = new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined || DROPPED.test(name) || own.has(name)
      ? []
      : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  )
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(headers),
    body: body.length > 0 ? body : undefined,
  }
}

/** The host of the tunnel, of the certificate and of the request are one; everything else is somebody's trick. */
function checkHead(request: Asked, site: Site): void {
  const named = request.rawHeaders.filter(
    (_, at, all) => /^(host|:authority)$/i.test(all[at - 1] ?? '') && at % 2 === 1,
  )
  if (named.length === 0) throw new Refused(400, 'A request names its host')
  for (const one of named) {
    const asked = target(one, site.port === 443 ? 443 : 0)
    if (!asked || siteKey(asked) !== siteKey(site))
      throw new Refused(421, 'The request is for another host than its connection')
  }
  if (!request.url?.startsWith('/')) throw new Refused(400, 'A request names its path, and no host before it')
  if (request.headers.upgrade !== undefined || request.headers[':protocol'] !== undefined)
    throw new Refused(501, 'The gateway speaks no WebSocket and changes no protocol')
}

async function readBody(request: Asked): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw new Refused(413, 'The body is too long for the gateway')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const inflate = promisify(gunzip)

/** git compresses what it asks for. A little that unpacks to very much is refused. */
async function decoded(body: Buffer<ArrayBuffer>, encoding: string): Promise<Buffer<ArrayBuffer>> {
  if (encoding === 'identity' || body.length === 0) return body
  if (encoding !== 'gzip' && encoding !== 'x-gzip')
    throw new Refused(415, 'The gateway reads bodies that are plain or gzip')
  return await inflate(body, { maxOutputLength: MOST_BYTES }).then(
    (plain) => Buffer.from(plain),
    () => {
      throw new Refused(400, 'The body is no gzip, or unpacks to too much')
    },
  )
}
