import { LIMITS } from '@credbroker/core/limits'
import { Refused } from '../refusals.ts'
import type { ClientRequest } from '../request.ts'

const TARGET_LENGTH = 4096
const HEADERS = 100
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** Headers by which a request says that it is another one. */
const REFUSED_HEADERS: ReadonlySet<string> = new Set([
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'content-encoding',
  'content-range',
  'upgrade',
  'expect',
  'trailer',
])

/**
 * What holds for every vendor. All other headers are left unread: a kind that wants one names it.
 *
 * @throws {Refused}
 */
export function admit(request: ClientRequest, bodyBytes: number = LIMITS.bodyBytes): ClientRequest {
  if (!METHODS.has(request.method)) throw new Refused('method_refused')
  if (request.body.byteLength > bodyBytes || request.target.length > TARGET_LENGTH)
    throw new Refused('too_large')
  if (!/^\/[!-~]*$/.test(request.target) || /[#\\]/.test(request.target)) throw new Refused('path_refused')
  if (request.headers.length > HEADERS) throw new Refused('header_refused')
  let types = 0
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase()
    const identity = lower === 'content-encoding' && value.trim().toLowerCase() === 'identity'
    if (REFUSED_HEADERS.has(lower) && !identity) throw new Refused('header_refused')
    if (lower === 'content-type') types += 1
  }
  if (types > 1) throw new Refused('header_refused')
  if (request.body.byteLength > 0 && (request.method === 'GET' || request.method === 'HEAD'))
    throw new Refused('body_refused')
  return request
}
