/** One field of a form. `at` is where its value stands in the document: `recovery.backups`. */
export interface Field {
  readonly at: string
  readonly label: string
  readonly hint?: string
  readonly required?: boolean
  readonly as:
    | { readonly kind: 'text' | 'json' | 'yes' }
    /** One of a few words, or the name of an object of another kind. */
    | { readonly kind: 'one'; readonly of: readonly string[] | `/v1/${string}` }
    /** A kind that has roots, or a connector. */
    | { readonly kind: 'vendor'; readonly of: 'root' | 'connector' }
    | { readonly kind: 'several'; readonly of: readonly string[] | `/v1/${string}` }
}

/** What stands in a form: text as it was typed, names, or yes and no. */
export type Draft = Readonly<Record<string, string | readonly string[] | boolean>>
export type Document = Readonly<Record<string, unknown>>
/** What is wrong, by where it is. */
export type Problems = Readonly<Record<string, string>>

const EMPTY = { text: '', json: '', one: '', vendor: '', several: [], yes: false } as const

/** A document as a form shows it. */
export const draftOf = (fields: readonly Field[], document: Document): Draft =>
  Object.fromEntries(
    fields.map(({ at, as: { kind } }) => {
      const value = valueAt(document, at)
      if (value === undefined) return [at, EMPTY[kind]]
      return [at, kind === 'json' ? JSON.stringify(value, undefined, 2) : shown(value)]
    }),
  )

const shown = (value: unknown) => {
  if (typeof value === 'boolean') return value
  return Array.isArray(value) ? value.map(String) : String(value)
}

const valueAt = (document: Document, at: string): unknown =>
  at.split('.').reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), document)

const isObject = (value: unknown): value is Document => typeof value === 'object' && value !== null

/** What the form says, as a document. Fields that are empty are left out. */
export function documentOf(
  fields: readonly Field[],
  draft: Draft,
): { readonly document: Document; readonly problems: Problems } {
  const problems: Record<string, string> = {}
  let document: Document = {}
  for (const field of fields) {
    const value = draft[field.at] ?? EMPTY[field.as.kind]
    if (typeof value === 'string' && value.trim() === '') {
      if (field.required) problems[field.at] = 'is missing'
      continue
    }
    const read = field.as.kind === 'json' ? parsed(String(value)) : { value: trimmed(value) }
    if (read === undefined) problems[field.at] = 'is not JSON'
    else document = withValue(document, field.at.split('.'), read.value)
  }
  return { document, problems }
}

const trimmed = (value: Draft[string]) => (typeof value === 'string' ? value.trim() : value)

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function withValue(document: Document, [part = '', ...rest]: readonly string[], value: unknown): Document {
  const inner = document[part]
  return {
    ...document,
    [part]: rest.length === 0 ? value : withValue(isObject(inner) ? inner : {}, rest, value),
  }
}

/** Whose fault a refusal is: of a field of the form, by the longest `at` that leads there, or of none of them. */
export function sortProblems(
  fields: readonly Pick<Field, 'at'>[],
  told: readonly { readonly at: string; readonly message: string }[],
): { readonly byField: Problems; readonly others: readonly string[] } {
  const byField: Record<string, string> = {}
  const others: string[] = []
  for (const { at, message } of told) {
    const [field] = fields
      .filter((one) => at === one.at || at.startsWith(`${one.at}.`))
      .toSorted((a, b) => b.at.length - a.at.length)
    if (!field) others.push(`${at}: ${message}`)
    else {
      const inside = at.slice(field.at.length + 1)
      const text = inside ? `${inside}: ${message}` : message
      byField[field.at] = field.at in byField ? `${byField[field.at]}; ${text}` : text
    }
  }
  return { byField, others }
}
