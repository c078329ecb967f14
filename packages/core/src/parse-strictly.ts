import type { z } from 'zod'
import { BrokerError, type Problem } from './errors.ts'
import type { Secret } from './secret.ts'

/** A root, a scope's spec, or what a provider needs to revoke. */
type What = 'root' | 'spec' | 'handle'

const MOST = 50

/** @throws {BrokerError} `invalid_request` with the paths of what is wrong, never the values. */
export function parseStrictly<T>(schema: z.ZodType<T>, value: unknown, what: What): T {
  const result = schema.safeParse(value, { reportInput: false })
  if (result.success) return result.data
  throw new BrokerError('invalid_request', {
    problems: result.error.issues.slice(0, MOST).map((issue) => problem(issue, what)),
  })
}

/** A root is stored as the operator gave it: JSON, or bare text where the kind takes one (a URL, a key). */
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

function problem(issue: z.core.$ZodIssue, what: What): Problem {
  // An unknown key can be a secret that slipped to the wrong side of a colon; a spec holds none.
  const at = [what, ...issue.path].map(String).join('.')
  const message = issue.code === 'unrecognized_keys' && what !== 'spec' ? 'unknown fields' : issue.message
  return { at: at.slice(0, 200), message: message.slice(0, 300) }
}
