import { BrokerError } from '@credbroker/core/errors'
import { name } from '@credbroker/core/names'
import { type RootView, rootRequest, rootView } from '@credbroker/core/wire/admin'
import { rootCredentialPut, rootPut } from '@credbroker/core/wire/objects'
import { z } from '@hono/zod-openapi'
import { namedApproval } from '../approval-pending.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { viewRoot } from '../views/config.ts'
import { lastUsed } from '../views/last-used.ts'

const tag = 'Configuration'
const params = z.object({ name })

type Shown = Parameters<typeof viewRoot>

/** Roots as they are shown, with how far a rotation of each has come, when anything of its scopes was used, and whether it was found. */
export const rootViewer =
  ({ world: { stores, providers } }: HttpDeps) =>
  async (entries: readonly Shown[0][], snapshot: Shown[1]): Promise<RootView[]> => {
    const scopesOf = (root: string) =>
      snapshot.rows.scopes.flatMap(({ row }) => (row.root === root ? [row.name] : []))
    const used = await lastUsed(
      stores,
      entries.flatMap(({ row }) => scopesOf(row.name)),
    )
    const found = await stores.leakedRoots.inUse()
    return await Promise.all(
      entries.map(async (entry) => {
        const { name: root, provider, version } = entry.row
        const leaked = found.find((one) => one.root === root && one.version === version)
        const rotation = await stores.rotations.unfinished(root)
        const newest = scopesOf(root).flatMap((scope) => used.get(scope) ?? [])
        const lastUsedAt = newest.toSorted().at(-1)
        return viewRoot(entry, snapshot, providers.get(provider), { rotation, lastUsedAt, leaked })
      }),
    )
  }

/** What can be done with a root besides what every object has. */
export function rootRoutes(server: Server, deps: HttpDeps): void {
  const { cases } = deps
  const view = rootViewer(deps)
  const rootByName = async (key: string) => {
    const { snapshot } = await cases.parts.config.current()
    const entry = snapshot.rows.roots.find(({ row }) => row.name === key)
    if (!entry) throw new BrokerError('not_found')
    return (await view([entry], snapshot))[0] as RootView
  }
  const add = {
    tag,
    summary: 'Store a root credential; it never comes out again',
    body: rootRequest,
    answer: rootView,
    status: 201 as const,
    approvable: true,
  }
  server.openapi(route('post', '/v1/roots', add), async (c) => {
    const caller = await provenCaller(c, deps)
    const { secret, on_call, environment, service, ...body } = c.req.valid('json')
    const order = {
      ...body,
      environment: environment ?? null,
      service: service ?? null,
      onCall: on_call ?? null,
      source: 'api' as const,
    }
    await cases.addRoot(caller, order, secret, namedApproval(c))
    return c.json(await rootByName(body.name), 201)
  })
  const put = {
    tag,
    summary: 'Put what is said about a root that files do not own; its credential stays',
    params,
    body: rootPut,
    answer: rootView,
    approvable: true,
  }
  server.openapi(route('put', '/v1/roots/{name}', put), async (c) => {
    const caller = await provenCaller(c, deps)
    const { name: key } = c.req.valid('param')
    const { expected_revision: expectedRevision, on_call: onCall, service, ...said } = c.req.valid('json')
    const order = { name: key, record: { ...said, service, onCall } }
    await cases.putRoot(caller, order, { expectedRevision, approval: namedApproval(c) })
    return c.json(await rootByName(key), 200)
  })
  const credential = {
    tag,
    summary:
      'Put a new credential in place of the one of a root that files do not own; it never comes out again',
    params,
    body: rootCredentialPut,
    answer: rootView,
    approvable: true,
  }
  server.openapi(route('put', '/v1/roots/{name}/credential', credential), async (c) => {
    const caller = await provenCaller(c, deps)
    const { name: key } = c.req.valid('param')
    await cases.replaceRoot(caller, key, c.req.valid('json').secret, namedApproval(c))
    return c.json(await rootByName(key), 200)
  })
  for (const verb of ['check', 'rotate'] as const) {
    const summary =
      verb === 'check'
        ? 'Ask the vendor what a root can really do'
        : 'Replace a root’s credential at its vendor'
    server.openapi(
      route('post', `/v1/roots/{name}/${verb}`, { tag, summary, params, answer: rootView }),
      async (c) => {
        const caller = await provenCaller(c, deps)
        const { name: key } = c.req.valid('param')
        await (verb === 'check' ? cases.checkRoot(caller, key) : cases.rotateRoot(caller, key))
        return c.json(await rootByName(key), 200)
      },
    )
  }
}
