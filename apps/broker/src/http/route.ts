import { createRoute, type RouteConfig, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { PENDING } from './approval-pending.ts'
import { refusalsOf } from './refusals.ts'
import type { HttpEnv } from './server.ts'
import { isWellFormed } from './well-formed.ts'

type Method = RouteConfig['method']

interface Shape<
  Body extends z.ZodType,
  Answer extends z.ZodType,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Status extends number,
> {
  readonly tag: string
  readonly summary: string
  readonly body?: Body
  readonly params?: Params
  readonly query?: Query
  readonly answer: Answer
  readonly status?: Status
  /** Needs no token. */
  readonly open?: boolean
  /** May answer 202: a person has to approve it first (I4c). */
  readonly approvable?: boolean
  /** May answer 409: what it shows is not there yet. */
  readonly waits?: boolean
}

const whoFirst: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await c.get('identify')(c)
  await next()
}

const none = z.strictObject({})
const unicode = (body: z.ZodType) => body.refine(isWellFormed, 'a text in it is not Unicode')

/** One route for router and OpenAPI alike: what it takes, what it answers, and problem+json for everything else. */
export function route<
  Path extends string,
  Answer extends z.ZodType,
  Body extends z.ZodType = typeof none,
  Params extends z.ZodObject = typeof none,
  Query extends z.ZodObject = typeof none,
  Status extends number = 200,
>(method: Method, path: Path, shape: Shape<Body, Answer, Params, Query, Status>) {
  const { tag, summary, body, params, query, answer, open = false, approvable = false, waits = false } = shape
  const status = (shape.status ?? 200) as Status
  return createRoute({
    method,
    path,
    tags: [tag],
    summary,
    ...(!open && { middleware: whoFirst }),
    security: open ? [] : [{ dpop: [] }, { session: [] }],
    request: {
      params: (params ?? none) as Params,
      query: (query ?? none) as Query,
      ...(approvable && { headers: PENDING.headers }),
      ...(body && { body: { required: true, content: { 'application/json': { schema: unicode(body) } } } }),
    } as {
      params: Params
      query: Query
      body: { required: true; content: { 'application/json': { schema: Body } } }
    },
    responses: {
      [status]: { description: 'Done', content: { 'application/json': { schema: answer } } },
      ...(approvable && { 202: PENDING.response }),
      ...refusalsOf({ open, takesBody: body !== undefined, changes: method !== 'get', waits }),
    } as { [Code in Status]: { description: string; content: { 'application/json': { schema: Answer } } } },
  })
}

/** A whole number in a query: digits, and nothing else that JavaScript would take for a number. */
export const wholeNumber = (least: number, most: number, otherwise: number) =>
  z
    .string()
    .regex(/^[0-9]{1,16}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most))
    .default(otherwise)
    .openapi({ type: 'integer', minimum: least, maximum: most, default: otherwise })

export const limit = wholeNumber(1, 200, 50)

/** `{items, next_cursor?}`: a full page has a next one, though it may turn out empty. */
export const paged = <Item>(items: Item[], size: number, idOf: (item: Item) => string) => {
  const last = items.at(-1)
  return { items, ...(items.length === size && last !== undefined && { next_cursor: idOf(last) }) }
}
