import { access, side } from '@credbroker/core/names'
import { buildSchema, type GraphQLSchema, isScalarType, isSpecifiedScalarType } from 'graphql'
import { z } from 'zod'
import { ANCHOR_TEMPLATE, anchorParameters } from '../http/anchor-template.ts'
import { GRAPHQL_LIMITS } from './dialect.ts'

const schema = z
  .string()
  .min(1)
  .max(200_000)
  .transform((text, ctx): GraphQLSchema => {
    try {
      const built = buildSchema(text, { maxLexicalTokens: 50_000 })
      if (built.getQueryType()) return built
    } catch {
      // Whatever is wrong with it, the text is not repeated.
    }
    ctx.addIssue({ code: 'custom', message: 'a GraphQL schema (SDL) with a query type' })
    return z.NEVER
  })

const argumentPath = /^[A-Za-z][A-Za-z0-9_]{0,63}(\.[A-Za-z][A-Za-z0-9_]{0,63}){0,3}$/

const operation = z
  .strictObject({
    /** What it does. Left out, it is `admin`; a mutation is at least `write`. */
    access: z.array(access).min(1).max(6).default(['admin']),
    touches: z.array(side).min(1).max(2).default(['primary']),
    /** Which copies are gone afterwards. Left out, whatever may delete erases both. */
    erases: z.array(side).max(2).optional(),
    /** Arguments that the anchor uses, by their path: `{ project: input.projectId }`. Each is required. */
    where: z.record(z.string().regex(/^[a-z][A-Za-z0-9]{0,31}$/), z.string().regex(argumentPath)).default({}),
    /** What it touches, below the host. Left out: all that is there. */
    anchor: z.string().max(256).regex(ANCHOR_TEMPLATE, 'segments and {parameters}').optional(),
  })
  .refine(({ anchor, where }) => anchorParameters(anchor ?? '').every((name) => Object.hasOwn(where, name)), {
    path: ['anchor'],
    message: 'a parameter that `where` does not name',
  })

/**
 * What a scope may do with a GraphQL interface. The schema is pinned, and is itself an allow-list: leave out of it every
 * field that leads from one thing to things elsewhere.
 */
export const spec = z
  .strictObject({
    path: z
      .string()
      .regex(/^(\/[A-Za-z0-9_-]{1,64}){1,6}$/)
      .default('/graphql'),
    schema,
    /** `deleteVolume`, `query.volume`. */
    operations: z.record(z.string().regex(/^(query\.)?[A-Za-z][A-Za-z0-9_]{0,79}$/), operation),
    /** `Type.field` of the answer that holds secrets. */
    secretFields: z
      .array(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*$/))
      .max(200)
      .default([]),
    /** Scalars of the vendor's own whose values are texts or numbers. Others cannot be given. */
    scalars: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/), z.enum(['text', 'number']))
      .default({}),
    introspection: z.boolean().default(false),
    depth: z.number().int().min(1).max(15).default(GRAPHQL_LIMITS.depth),
  })
  .superRefine((value, ctx) => {
    if (!value.schema?.getTypeMap) return
    for (const [name, declared] of Object.entries(value.operations)) {
      const query = name.startsWith('query.')
      const root = query ? value.schema.getQueryType() : value.schema.getMutationType()
      const problem = (message: string) =>
        ctx.addIssue({ code: 'custom', path: ['operations', name], message })
      if (!root || !Object.hasOwn(root.getFields(), query ? name.slice('query.'.length) : name))
        problem('not in the schema')
      if (!query && declared.access.every((level) => level === 'read'))
        problem('a mutation is at least write')
    }
    for (const name of Object.keys(value.scalars)) {
      const type = value.schema.getType(name)
      if (!isScalarType(type) || isSpecifiedScalarType(type))
        ctx.addIssue({ code: 'custom', path: ['scalars', name], message: 'no scalar of the schema’s own' })
    }
  })

export type GraphqlSpec = z.infer<typeof spec>
