import { EVENT_TYPES } from '@credbroker/core/audit/event-types'
import { BrokerError } from '@credbroker/core/errors'
import { idPattern } from '@credbroker/core/ids'
import { auditPage, checkpointView } from '@credbroker/core/wire/admin'
import { auditSearchPage } from '@credbroker/core/wire/events'
import { z } from '@hono/zod-openapi'
import { requireRole } from '../../application/identity/caller.ts'
import { provenCaller } from '../caller-of.ts'
import { limit, paged, route, wholeNumber } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { defined } from './tasks.ts'

const tag = 'Audit'
/** Names that we or an operator chose, as the log has them. */
const word = z.string().min(1).max(200)
const time = z.iso.datetime()
const searchQuery = z.strictObject({
  /** One type, or the first word of several: `approval`. */
  type: z
    .string()
    .regex(/^[a-z-]{1,40}(\.[a-z-]{1,40})?$/)
    .optional(),
  task: z.string().regex(idPattern('task')).optional(),
  grant: z.string().regex(idPattern('grant')).optional(),
  lease: z.string().regex(idPattern('lease')).optional(),
  approval: z.string().regex(idPattern('approval')).optional(),
  actor: word.optional(),
  environment: word.optional(),
  scope: word.optional(),
  /** The user who is accountable. */
  owner: word.optional(),
  result: z.enum(['ok', 'denied', 'failed', 'unknown']).optional(),
  since: time.optional(),
  until: time.optional(),
  cursor: z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .optional(),
  limit,
})

const typesOf = (type: string): string[] =>
  type.includes('.') ? [type] : EVENT_TYPES.filter((known) => known.startsWith(`${type}.`))

export function auditRoutes(server: Server, deps: HttpDeps): void {
  const { stores } = deps.world
  searchRoute(server, deps)

  const query = z.strictObject({
    from: wholeNumber(0, Number.MAX_SAFE_INTEGER, 0),
    limit: wholeNumber(1, 1000, 200),
  })
  const page = { tag, summary: 'The log, in order', query, answer: auditPage }
  server.openapi(route('get', '/v1/audit', page), async (c) => {
    requireRole(await provenCaller(c, deps), 'viewer')
    const { from, limit: size } = c.req.valid('query')
    const entries = await stores.auditReader.page(from, size)
    const last = entries.at(-1)
    const newest = await stores.checkpoints.newest()
    return c.json(
      {
        entries: entries.map(({ index, record }) => ({ index, record })),
        next: last ? last.index + 1 : from,
        size: newest?.size ?? 0,
      },
      200,
    )
  })

  const checkpoint = { tag, summary: 'The newest signed checkpoint', answer: checkpointView }
  server.openapi(route('get', '/v1/audit/checkpoint', checkpoint), async (c) => {
    requireRole(await provenCaller(c, deps), 'viewer')
    const newest = await stores.checkpoints.newest()
    if (!newest)
      throw new BrokerError('not_found', { detail: 'Nothing has been signed yet; try again in a moment' })
    const { name, publicKey, sinks } = deps.checkpoint
    return c.json(
      { note: newest.note, size: newest.size, public_key: publicKey, name, sinks: [...sinks] },
      200,
    )
  })
}

function searchRoute(server: Server, deps: HttpDeps): void {
  const search = { tag, summary: 'Search the log, newest first', query: searchQuery, answer: auditSearchPage }
  server.openapi(route('get', '/v1/audit/events', search), async (c) => {
    requireRole(await provenCaller(c, deps), 'viewer')
    const { type, cursor, limit: size, since, until, owner, ...fields } = c.req.valid('query')
    const types = type === undefined ? undefined : typesOf(type)
    const filter = {
      ...defined(fields),
      ...(types && { types }),
      ...(owner !== undefined && { sub: owner }),
      ...(since !== undefined && { since: new Date(since) }),
      ...(until !== undefined && { until: new Date(until) }),
    }
    const none = types?.length === 0
    const found = none
      ? []
      : await deps.world.stores.auditSearch.find(
          filter,
          cursor === undefined ? undefined : Number(cursor),
          size,
        )
    const items = found.map(({ index, record }) => ({
      index,
      event: JSON.parse(record) as Record<string, unknown>,
    }))
    return c.json(
      paged(items, size, ({ index }) => String(index)),
      200,
    )
  })
}
