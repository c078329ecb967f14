import { Secret } from '@credbroker/core/secret'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { ratePerSecond } from '../lab/in-flight.ts'
import { configuration, ENVIRONMENT, type Lab } from '../lab/lab.ts'
import { enrol, type Person } from '../lab/people.ts'
import { startBareHono, startNginx, startVendor, type Vendor } from '../lab/proxies/start.ts'
import { median, percentile } from '../lab/stats.ts'
import { requestBytes, Wire } from '../lab/wire.ts'
import { type Measurement, round } from '../row.ts'

const ALONE = 1000
const IN_FLIGHT = 16
const BURST = 1500
const PAIRS = 3
const BUDGET_MS = 3
const BUDGET_RATIO = 0.25
const TARGET = '/v1/orders?page=1'
/** A grant has a budget of calls: more of them are needed than one agent may make. */
const AGENTS = Array.from({ length: 8 }, (_, at) => `caller-${at}`)
const TASKS_PER_AGENT = 2

/**
 * One call through the gateway over the same call made directly, one after the other; and how many a second with 16 in
 * flight, beside a proxy of the same kind that decides and writes nothing. Vendor, proxies and broker run in processes of
 * their own and the vendor speaks TLS; proofs are signed before the clock starts.
 */
export const gatewayOverhead: Measurement = {
  name: 'gateway_overhead',
  async run(open) {
    const lab = await open()
    await using closing = new AsyncDisposableStack()
    const kept = <Thing extends { stop(): Promise<void> }>(thing: Thing) =>
      closing.adopt(thing, (one) => one.stop())
    const vendor = kept(await startVendor())
    const callers = await hireCallers(lab, vendor)
    const broker = kept(await lab.replica({ BROKER_UPSTREAM_CA_FILE: vendor.caFile }))
    const hono = kept(await startBareHono(vendor))
    const nginx = await startNginx(vendor)
    if (nginx) kept(nginx)

    const plain = (port: number) => () => requestBytes('GET', TARGET, port, {})
    const toVendor = await timed(vendor.port, ALONE, plain(vendor.port), vendor.ca)
    await timed(broker.port, ALONE, callers.next(broker.port))
    const through = await timed(broker.port, ALONE, callers.next(broker.port))
    const beside = await timed(vendor.port, ALONE, plain(vendor.port), vendor.ca)
    const direct = median([...toVendor, ...beside])
    const overhead = median(through) - direct

    const pairs: { ours: number; bare: number }[] = []
    await rate(hono.port, plain(hono.port))
    for (let pair = 0; pair < PAIRS; pair++)
      pairs.push({
        bare: await rate(hono.port, plain(hono.port)),
        ours: await rate(broker.port, callers.next(broker.port)),
      })
    const nginxRate = nginx && (await rate(nginx.port, plain(nginx.port)))
    const ratio = median(pairs.map(({ ours, bare }) => ours / bare))
    return {
      name: 'gateway_overhead',
      value: round(overhead),
      unit: 'ms (p50)',
      yardstick: `${round(direct)} ms (p50) the same call made directly; throughput beside a bare Hono proxy’s`,
      ratio: round(ratio, 3),
      budget: `p50 < ${BUDGET_MS} ms, ≥ ${BUDGET_RATIO} × (stretch 0.5)`,
      ok: overhead < BUDGET_MS && ratio >= BUDGET_RATIO,
      detail: [
        `p99 ${round(percentile(through, 0.99))} ms`,
        `${round(median(pairs.map(({ ours }) => ours)), 0)} calls/s, bare Hono ${round(median(pairs.map(({ bare }) => bare)), 0)}/s`,
        nginxRate === undefined ? 'nginx is not installed' : `nginx ${round(nginxRate, 0)}/s`,
      ].join('; '),
    }
  },
}

/** One after the other, on one connection. */
async function timed(port: number, count: number, next: () => Buffer, ca?: string): Promise<number[]> {
  const wire = await Wire.open(port, 1, ca)
  try {
    const taken: number[] = []
    while (taken.length < count) {
      // A proof is good for a minute.
      const request = next()
      const began = performance.now()
      expectOk(await wire.send(request))
      taken.push(performance.now() - began)
    }
    return taken
  } finally {
    wire.close()
  }
}

async function rate(port: number, next: () => Buffer): Promise<number> {
  const requests = Array.from({ length: BURST }, next)
  const wire = await Wire.open(port, IN_FLIGHT)
  try {
    return await ratePerSecond(BURST, IN_FLIGHT, async (at) =>
      expectOk(await wire.send(requests[at] ?? Buffer.alloc(0))),
    )
  } finally {
    wire.close()
  }
}

function expectOk({ status, body }: { status: number; body: string }): void {
  if (status !== 200) throw new Error(`${status} ${body}`)
}

/** Agents with tasks at work, whose calls are taken in turn. */
async function hireCallers(lab: Lab, vendor: Vendor): Promise<{ next(port: number): () => Buffer }> {
  await lab.admin.call({
    method: 'POST',
    path: '/v1/apply',
    body: withVendor(lab, vendor),
    timeoutMs: 60_000,
  })
  const tasks: { agent: Person; token: Secret }[] = []
  for (const name of AGENTS) {
    const path = `/v1/agents/${name}/invitations`
    const { token } = await lab.admin.call<{ token: string }>({ method: 'POST', path })
    const agent = await enrol(lab.issuer, token)
    for (let at = 0; at < TASKS_PER_AGENT; at++) {
      const body = { environment: ENVIRONMENT, purpose: 'benchmark', scopes: ['orders-api'], ttl: 600 }
      const started = await agent.call<TaskStarted>({ method: 'POST', path: '/v1/tasks', body })
      tasks.push({ agent, token: new Secret(started.token.access_token) })
    }
  }
  let turn = 0
  const path = `/gateway/orders-api${TARGET}`
  return {
    next: (port) => () => {
      const { agent, token } = tasks[turn++ % tasks.length] as (typeof tasks)[number]
      const [signed = path] = path.split('?')
      return requestBytes('GET', path, port, agent.headers('GET', signed, token))
    },
  }
}

function withVendor({ postgres }: Lab, { host, origin }: Vendor) {
  const { config, policies, secrets } = configuration(postgres)
  const { [ENVIRONMENT]: environment, ...others } = config.environments
  const list = { method: 'GET', path: '/v1/orders', access: ['read'], query: { page: 'number' } }
  return {
    config: {
      ...config,
      environments: {
        ...others,
        [ENVIRONMENT]: {
          ...environment,
          anchors: [...(environment?.anchors ?? []), { vendor: 'http', id: host }],
        },
      },
      agents: { ...config.agents, ...Object.fromEntries(AGENTS.map((name) => [name, { owner: 'admin' }])) },
      roots: { ...config.roots, api: { provider: 'http', environment: ENVIRONMENT, owner: 'admin' } },
      scopes: {
        ...config.scopes,
        'orders-api': { root: 'api', environment: ENVIRONMENT, allow: { operations: { list } } },
      },
    },
    policies: [...policies, { name: 'calls.cedar', text: READS }],
    secrets: { ...secrets, api: { origin, secret: 'sk_bench_0123456789abcdef' } },
  }
}

const READS = `@id("calls-read")
permit(principal, action == Action::"read", resource in Environment::"${ENVIRONMENT}");`
