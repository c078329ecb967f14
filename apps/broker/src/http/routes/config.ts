import { BrokerError } from '@credbroker/core/errors'
import { name } from '@credbroker/core/names'
import {
  agentView,
  applyRequest,
  environmentView,
  invitation,
  page,
  plan,
  policyView,
  rootRequest,
  rootView,
  scopeView,
  simulateRequest,
  simulation,
  teamView,
  userView,
} from '@credbroker/core/wire/admin'
import { checkPolicies } from '@credbroker/policy/check'
import { GUARDRAILS } from '@credbroker/policy/texts.gen'
import { z } from '@hono/zod-openapi'
import type { Planned } from '../../application/apply-config.ts'
import { requireRole } from '../../application/caller.ts'
import type { Disableable } from '../../application/disable.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { WideningContext } from '../../domain/widening.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import {
  viewAgent,
  viewEnvironment,
  viewPlan,
  viewRoot,
  viewScope,
  viewTeam,
  viewUser,
} from '../views/config.ts'

const tag = 'Configuration'
const params = z.object({ name })

export function configRoutes(server: Server, deps: HttpDeps): void {
  const { cases, world } = deps

  /** GET list, GET one and DELETE of one kind of object. */
  function objects<Table extends Disableable>(
    table: Table,
    schema: z.ZodType,
    view: (entry: ConfigSnapshot['rows'][Table][number], rows: ConfigSnapshot['rows']) => unknown,
  ): void {
    // The router's types cannot follow a path that is only known here.
    const path = `/v1/${table}` as '/v1/environments'
    const read = async () => (await cases.parts.config.newest()).snapshot
    const one = async (key: string) => {
      const { rows } = await read()
      const entry = (rows[table] as readonly { row: { name: string } }[]).find(({ row }) => row.name === key)
      if (!entry) throw new BrokerError('not_found')
      return await view(entry as never, rows)
    }
    server.openapi(
      route('get', path, {
        tag,
        summary: `List ${table}`,
        answer: page(schema) as unknown as z.ZodType<never>,
      }),
      async (c) => {
        requireRole(await provenCaller(c, deps), 'viewer')
        const { rows } = await read()
        const items = await Promise.all(rows[table].map((entry) => view(entry as never, rows)))
        return c.json({ items } as never, 200)
      },
    )
    server.openapi(
      route('get', `${path}/{name}`, { tag, summary: `One of ${table}`, params, answer: schema }),
      async (c) => {
        requireRole(await provenCaller(c, deps), 'viewer')
        return c.json((await one(c.req.valid('param').name)) as never, 200)
      },
    )
    server.openapi(
      route('delete', `${path}/{name}`, {
        tag,
        summary: `Disable one of ${table}`,
        params,
        answer: schema,
      }),
      async (c) => {
        const caller = await provenCaller(c, deps)
        const { name: key } = c.req.valid('param')
        await cases.disable(caller, table, key)
        return c.json((await one(key)) as never, 200)
      },
    )
  }

  const viewOfRoot = (entry: Parameters<typeof viewRoot>[0], rows: Parameters<typeof viewRoot>[1]) =>
    world.stores.rotations
      .unfinished(entry.row.name)
      .then((rotation) => viewRoot(entry, rows, world.providers.get(entry.row.provider), rotation))
  objects('environments', environmentView, viewEnvironment)
  objects('users', userView, viewUser)
  objects('teams', teamView, viewTeam)
  objects('agents', agentView, async (entry) =>
    viewAgent(entry, await world.stores.keys.list(`agent:${entry.row.name}`)),
  )
  objects('scopes', scopeView, viewScope)
  objects('roots', rootView, viewOfRoot)

  const rootByName = async (key: string) => {
    const { rows } = (await cases.parts.config.current()).snapshot
    const entry = rows.roots.find(({ row }) => row.name === key)
    if (!entry) throw new BrokerError('not_found')
    return viewOfRoot(entry, rows)
  }
  const add = {
    tag,
    summary: 'Store a root credential; it never comes out again',
    body: rootRequest,
    answer: rootView,
    status: 201 as const,
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
    await cases.addRoot(caller, order, secret)
    return c.json(await rootByName(body.name), 201)
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

  for (const kind of ['agent', 'user'] as const) {
    const shape = {
      tag,
      summary: `A one-time token to enrol a key for this ${kind}`,
      params,
      answer: invitation,
      status: 201 as const,
    }
    server.openapi(route('post', `/v1/${kind}s/{name}/invitations`, shape), async (c) => {
      const caller = await provenCaller(c, deps)
      const { token, principal, endsAt } = await cases.invite(caller, `${kind}:${c.req.valid('param').name}`)
      return c.json({ token, principal, ends_at: endsAt.toISOString() }, 201)
    })
  }

  server.openapi(
    route('get', '/v1/policies', {
      tag,
      summary: 'List policies, the shipped guardrails first',
      answer: page(policyView),
    }),
    async (c) => {
      requireRole(await provenCaller(c, deps), 'viewer')
      const { rows } = (await cases.parts.config.newest()).snapshot
      const shipped = GUARDRAILS.map(({ name: own, text }) => ({
        name: own,
        text,
        guardrail: true,
        source: 'files' as const,
        disabled: false,
        tampered: false,
      }))
      const stored = rows.policies.map(({ row, intact }) => ({
        ...row,
        guardrail: false,
        disabled: false,
        tampered: !intact,
      }))
      return c.json({ items: [...shipped, ...stored] }, 200)
    },
  )

  const answerPlan = async (planned: Planned) => viewPlan(planned, await widening(planned))
  async function widening({ changes }: Planned): Promise<WideningContext> {
    const { rows } = (await cases.parts.config.current()).snapshot
    const tiers = [
      ...rows.environments.map(({ row }) => row),
      ...changes.flatMap(({ table, after }) => (table === 'environments' && after ? [after] : [])),
    ]
    const held = new Set(tiers.filter(({ tier }) => tier === 'protected').map((one) => one.name))
    return {
      isProtected: (environment) => held.has(environment),
      anyProtected: held.size > 0,
      effects: (text) =>
        new Set(
          checkPolicies([{ name: 'change', text }])
            .policies.filter(({ guardrail }) => !guardrail)
            .map(({ effect }) => effect),
        ),
    }
  }
  server.openapi(
    route('post', '/v1/plan', {
      tag,
      summary: 'What applying would change',
      body: applyRequest,
      answer: plan,
    }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      return c.json(await answerPlan(await cases.planConfig(caller, c.req.valid('json'))), 200)
    },
  )
  server.openapi(
    route('post', '/v1/apply', {
      tag,
      summary: 'Make the configuration what the files say',
      body: applyRequest,
      answer: plan,
    }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      const { expected_version, ...order } = c.req.valid('json')
      return c.json(await answerPlan(await cases.applyConfig(caller, order, expected_version)), 200)
    },
  )

  server.openapi(
    route('post', '/v1/simulate', {
      tag,
      summary: 'What would be decided, and why',
      body: simulateRequest,
      answer: simulation,
    }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      const { ttl, ...question } = c.req.valid('json')
      const { verdict, decisions } = await cases.simulate(caller, { ...question, ttlSeconds: ttl })
      const answer = decisions.map(({ access, decision }) => {
        const reasons = 'reasons' in decision ? decision.reasons.map(({ reason }) => reason) : []
        return {
          access,
          verdict: decision.verdict,
          policies: [...decision.policies],
          reasons,
          explanation: reasons,
        }
      })
      return c.json({ verdict, decisions: answer }, 200)
    },
  )
}
