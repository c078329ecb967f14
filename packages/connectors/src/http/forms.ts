import type { Json } from '@credbroker/core/canonical-json'
import { z } from 'zod'

/** What a parameter may look like. Named, because a pattern of somebody's own can be slow or say too much. */
const FORMS = {
  /** What vendors give as ids and names. */
  id: /^[A-Za-z0-9][A-Za-z0-9_~-]{0,127}$/,
  name: /^[A-Za-z0-9][A-Za-z0-9._~@-]{0,127}$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  number: /^(0|[1-9][0-9]{0,14})$/,
  boolean: /^(true|false)$/,
  time: /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z)?$/,
  /** Only in queries: anything without control characters, for searches. */
  text: /^[^\p{Cc}\p{Cf}\p{Cs}]{0,512}$/u,
} as const

const formName = z.enum(Object.keys(FORMS) as [keyof typeof FORMS, ...(keyof typeof FORMS)[]])

/** A form by its name, or the few values there are. */
export const form = z.union([
  formName,
  z.strictObject({ oneOf: z.array(z.string().regex(FORMS.name)).min(1).max(64) }),
])
export type Form = z.infer<typeof form>

export const fits = (wanted: Form, value: Json): boolean =>
  typeof value === 'string' &&
  (typeof wanted === 'string' ? FORMS[wanted].test(value) : wanted.oneOf.includes(value))
