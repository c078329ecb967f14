import type { Problem } from '@credbroker/core/errors'
import type { z } from 'zod'

/** Where a body is at fault, and how. Never a value found there, nor a key that does not look like the name of a thing. */
export const problemsOf = (error: z.core.$ZodError): Problem[] =>
  error.issues.map((issue) => ({
    at: issue.path.map(placeName).join('.') || '(body)',
    message:
      issue.code === 'unrecognized_keys'
        ? `unknown field: ${issue.keys.map((key) => (FIELD.test(key) ? key : UNNAMED)).join(', ')}`
        : issue.message,
  }))

const FIELD = /^[A-Za-z_]{1,32}$/
/** A credential that was put where a name belongs may be all that is wrong with a request. */
const UNNAMED = '(not a name)'

const placeName = (part: PropertyKey): string => {
  const text = String(part)
  return typeof part === 'number' || FIELD.test(text) || /^[a-z][a-z0-9-]{0,47}$/.test(text) ? text : UNNAMED
}
