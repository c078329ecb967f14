import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runSchemathesis, type SchemathesisRun } from '../../harness/schemathesis.ts'
import { needs } from '../../harness/services.ts'
import { type Signer, type SigningProxy, STAND_IN, startSigningProxy } from '../../harness/signing-proxy.ts'
import { type Desk, startDesk } from '../../security/desk.ts'
import { tokenOf } from '../../security/wire.ts'

const config = fileURLToPath(new URL('schemathesis.toml', import.meta.url))
const missing = await needs('schemathesis')

/** Whoever may do these cannot do much afterwards: they come last, each by whoever may. */
const LAST = ['POST /v1/freeze', 'POST /v1/apply', 'DELETE /v1/client-keys/current']
/** The largest bodies, taken apart before anybody's role is looked at: the administrator's run has tried them all. */
const LARGE = [
  ...['apply', 'plan', 'simulate', 'simulate/impact'].map((verb) => `POST /v1/${verb}`),
  ...['environments', 'roots', 'scopes', 'agents'].map((objects) => `PUT /v1/${objects}/{name}`),
]
/** It would be over with its own task; the agent and the administrator end tasks. */
const OWN_END = 'POST /v1/tasks/{id}/end'

describe.skipIf(missing)('whatever schemathesis makes up, the API answers as its description says', () => {
  let desk: Desk
  const proxies: SigningProxy[] = []
  beforeAll(async () => {
    desk = await startDesk()
  }, 180_000)
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close()
    await desk?.world.stop()
  })

  const proxyOf = async (signer: Signer) => {
    const proxy = await startSigningProxy(desk.broker.url, signer)
    proxies.push(proxy)
    return proxy
  }
  const holds = async (run: Omit<SchemathesisRun, 'config'>, least: number) => {
    const report = await runSchemathesis({ config, ...run })
    expect(report.code, report.output).toBe(0)
    expect(report.operations.tested).toBe(report.operations.selected)
    expect(report.cases).toBeGreaterThan(least)
  }
  const successes = ({ signed }: SigningProxy) => (signed.get(200) ?? 0) + (signed.get(201) ?? 0)

  it.concurrent('to a stranger', async () => {
    // Most routes ask who it is before they read anything; the bounds of the others are walked through below.
    const run = { url: desk.broker.url, phases: ['examples', 'fuzzing'] as const, maxExamples: 4 }
    await holds({ ...run, without: new Set(LARGE) }, 300)
  }, 600_000)

  it.concurrent('to a task', async () => {
    const { access_token: token } = desk.task.token
    const proxy = await proxyOf({ key: desk.agent.key, token: async () => token })
    const without = new Set([...LARGE, ...LAST, OWN_END])
    await holds({ url: proxy.url, authorization: STAND_IN, maxExamples: 2, without }, 1000)
    expect(successes(proxy)).toBeGreaterThan(30)
  }, 600_000)

  it.concurrent('to an agent', async () => {
    const token = await tokenOf(desk.broker, desk.agent)
    const proxy = await proxyOf({ key: desk.agent.key, token: async () => token })
    const without = new Set([...LARGE, ...LAST])
    await holds({ url: proxy.url, authorization: STAND_IN, maxExamples: 2, without }, 1000)
    expect(successes(proxy)).toBeGreaterThan(30)
  }, 600_000)

  it('to an administrator, and to whoever does what ends it all', async () => {
    const admin = await desk.broker.identity('default')
    const token = await tokenOf(desk.broker, admin)
    const proxy = await proxyOf({ key: admin.key, token: async () => token })
    const run = { url: proxy.url, authorization: STAND_IN, maxExamples: 3 }
    await holds({ ...run, without: new Set(LAST) }, 1500)
    expect(successes(proxy)).toBeGreaterThan(100)
    await holds({ ...run, only: ['POST /v1/freeze'] }, 10)
    // Its body is that of a plan, whose bounds have been walked through.
    await holds({ ...run, only: ['POST /v1/apply'], phases: ['fuzzing'], maxExamples: 10 }, 5)
    await holds({ ...run, only: ['DELETE /v1/client-keys/current'] }, 3)
  }, 600_000)
})
