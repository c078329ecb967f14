import { BrokerError } from '@credbroker/core/errors'
import { name } from '@credbroker/core/names'
import {
  agentView,
  environmentView,
  page,
  rootView,
  scopeView,
  teamView,
  userView,
} from '@credbroker/core/wire/admin'
import { agentPut, environmentPut, scopePut, teamPut, userPut } from '@credbroker/core/wire/objects'
import { issuerView } from '@credbroker/core/wire/trust'
import { z } from '@hono/zod-openapi'
import type { Disableable } from '../../application/config/disable.ts'
import type { ObjectPut, Puttable } from '../../application/config/put-object.ts'
import { requireRole } from '../../application/identity/caller.ts'
import { brokenToShow } from '../../domain/break-glass.ts'
import type { ConfigTable } from '../../domain/config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { namedApproval } from '../approval-pending.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { viewAgent, viewEnvironment, viewScope, viewTeam, viewUser } from '../views/config.ts'
import { lastUsed } from '../views/last-used.ts'
import { viewIssuer } from '../views/trust.ts'
import { rootViewer } from './roots.ts'

const tag = 'Configuration'
const params = z.object({ name })

type Entry<Table extends ConfigTable> = ConfigSnapshot['rows'][Table][number]
/** Entries of one table as they are shown, in their order. */
type Views<Table extends ConfigTable> = (
  entries: readonly Entry<Table>[],
  snapshot: ConfigSnapshot,
) => Promise<readonly unknown[]>

const each =
  <Table extends ConfigTable>(
    view: (entry: Entry<Table>, snapshot: ConfigSnapshot) => unknown,
  ): Views<Table> =>
  async (entries, snapshot) =>
    await Promise.all(entries.map((entry) => view(entry, snapshot)))

export function objectRoutes(server: Server, deps: HttpDeps): void {
  const { cases, world } = deps

  /** GET list, GET one and DELETE of one kind of object; PUT where it is one that `body` says all about. */
  function objects<Table extends Disableable>(
    table: Table,
    schema: z.ZodType,
    views: Views<Table>,
    body?: z.ZodType,
  ): void {
    // The router's types cannot follow a path that is only known here.
    const path = `/v1/${table}` as '/v1/environments'
    const read = async () => (await cases.parts.config.newest()).snapshot
    const one = async (key: string) => {
      const snapshot = await read()
      const entry = (snapshot.rows[table] as readonly { row: { name: string } }[]).find(
        ({ row }) => row.name === key,
      )
      if (!entry) throw new BrokerError('not_found')
      return (await views([entry as never], snapshot))[0]
    }
    server.openapi(
      route('get', path, {
        tag,
        summary: `List ${table}`,
        answer: page(schema) as unknown as z.ZodType<never>,
      }),
      async (c) => {
        requireRole(await provenCaller(c, deps), 'viewer')
        const snapshot = await read()
        return c.json({ items: await views(snapshot.rows[table], snapshot) } as never, 200)
      },
    )
    server.openapi(
      route('get', `${path}/{name}`, { tag, summary: `One of ${table}`, params, answer: schema }),
      async (c) => {
        requireRole(await provenCaller(c, deps), 'viewer')
        return c.json((await one(c.req.valid('param').name)) as never, 200)
      },
    )
    if (body) {
      const put = {
        tag,
        summary: `Put one of ${table} that files do not own: a new one, or in place of what it says`,
        approvable: true,
        params,
        body: body as unknown as typeof teamPut,
        answer: schema,
      }
      server.openapi(route('put', `${path}/{name}`, put), async (c) => {
        const caller = await provenCaller(c, deps)
        const { name: key } = c.req.valid('param')
        const { expected_revision: expectedRevision, ...object } = c.req.valid('json')
        const order = { table: table as Puttable, name: key, object } as ObjectPut
        await cases.putObject(caller, order, { expectedRevision, approval: namedApproval(c) })
        return c.json((await one(key)) as never, 200)
      })
    }
    server.openapi(
      route('delete', `${path}/{name}`, {
        tag,
        summary: `Disable one of ${table}`,
        approvable: true,
        params,
        answer: schema,
      }),
      async (c) => {
        const caller = await provenCaller(c, deps)
        const { name: key } = c.req.valid('param')
        await cases.disable(caller, table, key, namedApproval(c))
        return c.json((await one(key)) as never, 200)
      },
    )
  }

  objects(
    'environments',
    environmentView,
    each((entry, snapshot) => viewEnvironment(entry, snapshot, brokenToShow(snapshot, world.clock.now()))),
    environmentPut,
  )
  objects('users', userView, each(viewUser), userPut)
  objects('teams', teamView, each(viewTeam), teamPut)
  objects('issuers', issuerView, each(viewIssuer))
  objects(
    'agents',
    agentView,
    each(async (entry, snapshot) =>
      viewAgent(entry, snapshot, await world.stores.keys.list(`agent:${entry.row.name}`)),
    ),
    agentPut,
  )
  objects(
    'scopes',
    scopeView,
    async (entries, snapshot) => {
      const used = await lastUsed(
        world.stores,
        entries.map(({ row }) => row.name),
      )
      return entries.map((entry) => viewScope(entry, snapshot, used.get(entry.row.name)))
    },
    scopePut,
  )
  objects('roots', rootView, rootViewer(deps))
}
