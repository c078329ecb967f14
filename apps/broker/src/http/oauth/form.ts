import { BrokerError } from '@credbroker/core/errors'
import type { Context } from 'hono'
import type { HttpEnv } from '../server.ts'

const TYPE = /^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?$/i
const MOST_PARAMETERS = 32
const MOST_CHARACTERS = 16_384
/** RFC 8707 §2 and RFC 8693 §2.1 let these repeat; how many we take is said where they are read. */
const REPEATABLE = new Set(['resource', 'audience'])
/** Nothing that these endpoints take has control characters, or bytes that are not UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const UNPRINTABLE = /[\u0000-\u001f\u007f\ufffd]/

/** The parameters of one request to an OAuth endpoint. One without a value counts as left out (RFC 6749 §3.1). */
export interface OAuthForm {
  get(name: string): string | undefined
  /** @throws BrokerError `invalid_request` where it is left out */
  need(name: string): string
  all(name: string): readonly string[]
}

/**
 * @throws BrokerError `unsupported_media_type`, `invalid_request` for parameters in the URL, repeated ones (RFC 6749 §3.2)
 *   and what is no form
 */
export async function readForm(c: Context<HttpEnv>): Promise<OAuthForm> {
  // What stands in a URL stands in logs (RFC 6749 §2.3.1).
  if (new URL(c.req.url).search !== '') throw invalid('Parameters belong into the body, not into the URL')
  if (!TYPE.test(c.req.header('content-type') ?? '')) throw new BrokerError('unsupported_media_type')
  const parameters = [...new URLSearchParams(await c.req.text())]
  if (parameters.length > MOST_PARAMETERS) throw invalid(`At most ${MOST_PARAMETERS} parameters`)
  const values = new Map<string, string[]>()
  for (const [name, value] of parameters) {
    const known = values.get(name)
    if (known && !REPEATABLE.has(name)) throw invalid('A parameter is there more than once')
    if (value.length > MOST_CHARACTERS) throw invalid('A parameter is too long')
    if (UNPRINTABLE.test(value)) throw invalid('A parameter has characters that none may have')
    values.set(name, [...(known ?? []), value])
  }
  const all = (name: string) => (values.get(name) ?? []).filter((value) => value !== '')
  return {
    all,
    get: (name) => all(name)[0],
    need: (name) => {
      const value = all(name)[0]
      if (value === undefined) throw invalid(`${name} is missing`)
      return value
    },
  }
}

const invalid = (detail: string) => new BrokerError('invalid_request', { detail })
