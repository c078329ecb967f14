import { BrokerError, type Problem } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { z } from 'zod'

/** @throws {BrokerError} `invalid_request` with the paths of what is wrong, never the values. */
export function parseStrictly<T>(schema: z.ZodType<T>, value: unknown, what: 'root' | 'spec'): T {
  const result = schema.safeParse(value, { reportInput: false })
  if (result.success) return result.data
  throw new BrokerError('invalid_request', {
    problems: result.error.issues.slice(0, 50).map((issue) => problem(issue, what)),
  })
}

/** A root is stored as the operator gave it: JSON, or bare text where the kind takes one. */
export function parseRoot<T>(schema: z.ZodType<T>, root: Secret): T {
  const text = root.expose().trim()
  if (!/^[{["]/.test(text)) return parseStrictly(schema, text, 'root')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own message quotes the text.
    throw new BrokerError('invalid_request', { problems: [{ at: 'root', message: 'not valid JSON' }] })
  }
  return parseStrictly(schema, value, 'root')
}

function problem(issue: z.core.$ZodIssue, what: 'root' | 'spec'): Problem {
  // An unknown key of a root can be a secret that slipped to the wrong side of a colon.
  const at = [what, ...issue.path].map(String).join('.')
  const message = issue.code === 'unrecognized_keys' && what === 'root' ? 'unknown fields' : issue.message
  return { at: at.slice(0, 200), message: message.slice(0, 300) }
}
