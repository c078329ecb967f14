import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Approval } from '@credbroker/sdk/approval'
import { BrokerApiError } from '@credbroker/sdk/errors'
import type { Task } from '@credbroker/sdk/task'
import { showsOwnCredential } from './own-credential.ts'
import { type Asked, readCall, type ToolCall } from './read-call.ts'
import { type Answering, refusalOf, refuse } from './refusal.ts'
import type { Site } from './site.ts'

/** What the person who started the run is told, once each. */
export interface Tell {
  /** A call is held until a person has answered. */
  waits(
    what: { readonly scope: string; readonly host: string; readonly method: string },
    approval: Approval,
  ): void
  /** A tool showed a credential that we did not give it. */
  ownCredential(host: string): void
  /** A tool wanted to go elsewhere; few show what they are told about it. */
  refused(host: string): void
}

export interface RelayDeps {
  readonly task: Pick<Task, 'fetch'>
  readonly tell: Tell
}

/** One request of a tool to its vendor, made by the broker. Never throws. */
export async function relay(request: Asked, response: Answering, site: Site, deps: RelayDeps): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  try {
    if (showsOwnCredential(request.headers.authorization)) deps.tell.ownCredential(site.host)
    const call = await readCall(request, site)
    await send(await throughScopes(call, site, deps, gone.signal), call.method, response)
  } catch (error) {
    if (gone.signal.aborted) return
    // A half answer must not look like a whole one.
    if (response.headersSent) response.destroy()
    else refuse(response, refusalOf(error), request.complete ? {} : closing(request))
  }
}

/** Of HTTP/1.1, where the rest of the body would be taken for the next request. */
const closing = (request: Asked): Record<string, string> =>
  request.httpVersionMajor === 1 ? { connection: 'close' } : {}

/** Nothing of it is understood, or nothing of it lies there: another scope of the same host may be meant. */
const ASK_NEXT: ReadonlySet<string> = new Set([
  'call_refused',
  'operation_unclassified',
  'call_unresolved',
  'not_granted',
])

async function throughScopes(
  call: ToolCall,
  { host, scopes }: Site,
  { task, tell }: RelayDeps,
  signal: AbortSignal,
): Promise<Response> {
  let refused: unknown
  for (const scope of scopes) {
    const { path, method, headers, body } = call
    const onApproval = (approval: Approval) => tell.waits({ scope, host, method }, approval)
    try {
      return await task.fetch(scope, path, { method, headers, signal, onApproval, ...(body && { body }) })
    } catch (error) {
      if (!(error instanceof BrokerApiError && ASK_NEXT.has(error.code))) throw error
      // What says more than that it was not understood is worth more to whoever asked.
      if (refused === undefined || (error.code !== 'call_refused' && isUnread(refused))) refused = error
    }
  }
  throw refused
}

const isUnread = (error: unknown): boolean => error instanceof BrokerApiError && error.code === 'call_refused'

const KEPT_BACK =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-encoding|www-authenticate|authentication-info|set-cookie|alt-svc|dpop-nonce|upstream-status|broker-.*)$/

async function send(answer: Response, method: string, response: Answering): Promise<void> {
  const decoded = answer.headers.has('content-encoding')
  response.statusCode = answer.status
  for (const [name, value] of answer.headers)
    if (!KEPT_BACK.test(name) && !(decoded && name === 'content-length')) response.setHeader(name, value)
  if (!answer.body || method === 'HEAD' || [204, 205, 304].includes(answer.status)) {
    await answer.body?.cancel()
    response.end()
    return
  }
  await pipeline(
    Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]),
    begun(response, answer.status),
  )
}

/** The head goes out before the first byte of the body, which of an event stream may be long in coming. */
function begun(response: Answering, status: number): NodeJS.WritableStream {
  if ('stream' in response) {
    response.writeHead(status)
    return response.stream
  }
  response.flushHeaders()
  return response
}
