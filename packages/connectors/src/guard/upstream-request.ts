import type { UpstreamRequest } from '../request.ts'

/** Everything else is the broker's: the credential, the host, the framing of the body. */
const ALLOWED_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'content-type',
  'git-protocol',
  'idempotency-key',
])

/** A kind that breaks this has a fault of its own. @throws {TypeError} */
export function checkUpstreamRequest(request: UpstreamRequest): UpstreamRequest {
  if (!/^[A-Z]{3,7}$/.test(request.method)) throw new TypeError('a connector chose a method that is none')
  const [path = ''] = request.target.split('?')
  if (!/^(\/[A-Za-z0-9._~!$&'()*+,:=@%-]+)+$|^\/$/.test(path) || /\/\.{1,2}(\/|$)/.test(path))
    throw new TypeError('a connector built a path that is not plain')
  if (!/^[!-~]*$/.test(request.target) || /[#\\]/.test(request.target))
    throw new TypeError('a connector built a target that is not plain')
  for (const [name, value] of Object.entries(request.headers))
    if (!ALLOWED_HEADERS.has(name) || !/^[ -~]{1,200}$/.test(value))
      throw new TypeError('a connector set a header that is not its own')
  return request
}
