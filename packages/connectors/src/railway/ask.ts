import { z } from 'zod'
import type { UpstreamReader } from '../request.ts'

/** Thrown where the vendor does not say, in its own form and about exactly what was asked, what there is. */
export class Unplaced extends Error {
  /** The vendor would not say it to us: what it says of what is not there, of what is somebody else's, and to a token it does not know. */
  readonly unauthorized: boolean

  constructor({ unauthorized = false } = {}) {
    super()
    this.unauthorized = unauthorized
  }
}

const unauthorized = z.object({
  data: z.null().optional(),
  errors: z.array(z.object({ message: z.literal('Not Authorized') })).min(1),
})

export interface Question<T> {
  /** What an answer must look like. */
  readonly form: z.ZodType<T>
  readonly field: string
  readonly given?: Readonly<Record<string, string>>
  /** Further arguments, written out: `first: 100`. */
  readonly more?: string
  readonly select: string
}

export type Ask = <T>(question: Question<T>) => Promise<T>

/** Asks the vendor one thing. Any error in an answer makes all of it none. @throws {Unplaced} */
export function asker(reader: UpstreamReader, fresh: boolean): Ask {
  return async <T>({ form, field, given = {}, more, select }: Question<T>): Promise<T> => {
    const names = Object.keys(given)
    const variables = names.map((name) => `$${name}: String!`).join(', ')
    const args = [...names.map((name) => `${name}: $${name}`), ...(more ? [more] : [])].join(', ')
    const query = `query${variables && ` (${variables})`} { a: ${field}${args && `(${args})`} { ${select} } }`
    const { status, body } = await reader.read(
      {
        method: 'POST',
        target: '/graphql/v2',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: given }),
      },
      { fresh },
    )
    if (status !== 200) throw new Unplaced()
    let answer: unknown
    try {
      answer = JSON.parse(body)
    } catch {
      throw new Unplaced()
    }
    const parsed = z
      .object({ data: z.object({ a: form }), errors: z.undefined().optional() })
      .safeParse(answer)
    if (!parsed.success) throw new Unplaced({ unauthorized: unauthorized.safeParse(answer).success })
    return parsed.data.data.a as T
  }
}
