/** What a call may send. A plain object or array goes as JSON. */
export type CallBody =
  | NonNullable<RequestInit['body']>
  | { readonly [member: string]: unknown }
  | readonly unknown[]

/** What goes out, whole: it may have to be sent again, byte by byte, once a person has approved it. */
export interface CallRequest {
  readonly method: string
  /** `/gateway/<scope>/…`, as the URL standard writes it. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer> | null
}

/** More than any broker takes. It keeps what never ends from filling the memory. @internal */
export const MOST_BYTES = 64 * 1024 * 1024

/**
 * @throws TypeError for a path that would not stay below the scope, and for what `fetch` does not send either
 */
export async function callRequest(
  scope: string,
  path: string,
  init: {
    readonly method?: string
    readonly headers?: RequestInit['headers']
    readonly body?: CallBody | null
  },
): Promise<CallRequest> {
  const { body = null } = init
  const json = isPlain(body)
  // The standard's own reading of bodies and headers; nobody asks the host.
  const request = new Request('http://scope', {
    method: init.method ?? 'GET',
    headers: init.headers ?? {},
    body: json ? JSON.stringify(body) : body,
    duplex: 'half',
  })
  const headers = Object.fromEntries(request.headers)
  if (json && !new Headers(init.headers).has('content-type')) headers['content-type'] = 'application/json'
  return {
    method: request.method,
    path: gatewayPath(scope, path),
    headers,
    body: request.body && (await collect(request.body)),
  }
}

/** Whoever chose the path must not reach another scope with it, or the broker's own routes. */
function gatewayPath(scope: string, path: string): string {
  const below = `/gateway/${encodeURIComponent(scope)}`
  const [plain = ''] = path.replace(/[\t\n\r]/g, '').split(/[?#]/, 1)
  const dotted = /(^|[/\\])(\.|%2e){1,2}(?=[/\\]|$)/i.test(plain)
  const url = path.startsWith('/') && !dotted ? URL.parse(`http://broker${below}${path}`) : null
  if (!url?.pathname.startsWith(`${below}/`) || url.host !== 'broker')
    throw new TypeError('the path of a call begins with / and has no segment of dots')
  return url.pathname + url.search
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > MOST_BYTES) throw new TypeError(`the body of a call has at most ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

function isPlain(body: unknown): body is object {
  if (typeof body !== 'object' || body === null) return false
  const prototype: unknown = Object.getPrototypeOf(body)
  return prototype === Object.prototype || prototype === null || Array.isArray(body)
}
