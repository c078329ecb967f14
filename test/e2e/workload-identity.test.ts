import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClientKey, generateClientKey } from '@credbroker/core/client-key'
import { Broker } from '@credbroker/sdk/broker'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { githubClaims, startTestIssuer, type TestIssuer } from '../harness/issuer.ts'
import { auditHas } from '../security/audit.ts'
import { type Answer, send, tokenOf } from '../security/wire.ts'
import { stagingText, startStaging, writeFiles } from './shops.ts'

const STAGING = { environment: 'staging', purpose: 'fix the flaky checkout test', scopes: ['orders-ro'] }
const AGENTS = (ci: string, cluster: string) => `
issuers:
  github: { url: "${ci}", profile: github-actions }
  cluster: { url: "${cluster}", profile: kubernetes }
  old: { url: "${ci}/old", jwks: "${ci}/keys", profile: oidc }
agents:
  fixer: { owner: mia, teams: [payments] }
  other: { owner: noa }
  builder:
    owner: mia
    trust:
      - { issuer: github, claims: { repository_id: "74", ref: refs/heads/main } }
  deployer:
    owner: mia
    trust:
      - issuer: github
        claims: { repository_id: "80" }
        environments: { Staging: staging, Production: production }
        maxTask: 10m
  pod:
    owner: mia
    trust:
      - issuer: cluster
        claims: { kubernetes.io: { namespace: agents, serviceaccount: { uid: u-1 } } }
  reviewer:
    owner: mia
    trust:
      - { issuer: github, claims: { repository_id: "74", event_name: pull_request } }
  twin: { owner: mia, trust: [{ issuer: github, claims: { repository_id: "90" } }] }
  other-twin: { owner: mia, trust: [{ issuer: github, claims: { repository_id: "90" } }] }
  leaver: { owner: mia, trust: [{ issuer: github, claims: { repository_id: "91" } }] }
  relic: { owner: mia, trust: [{ issuer: old, claims: { sub: system-7 } }] }
`

let world: Awaited<ReturnType<typeof startStaging>>
let ci: TestIssuer
let cluster: TestIssuer
let stranger: TestIssuer
beforeAll(async () => {
  world = await startStaging()
  ;[ci, cluster, stranger] = await Promise.all([
    startTestIssuer(world.broker.url),
    startTestIssuer(world.broker.url),
    startTestIssuer(world.broker.url),
  ])
  await apply()
}, 180_000)
afterAll(async () => {
  await Promise.all([ci?.stop(), cluster?.stop(), stranger?.stop()])
  await world?.stop()
})

async function apply(change = (text: string) => text): Promise<void> {
  const text = stagingText(world.staging, world.broker.home)
  const agents = change(AGENTS(ci.url, cluster.url)).trimStart()
  await writeFiles(world.files, text.replace(/agents:\n(?: {2}.*\n)+/, `${agents}`))
  const applied = await world.broker.cli(['apply', '-f', world.files, '--yes'])
  expect(applied).toMatchObject({ code: 0 })
}

/** One request to the token endpoint exactly as said. */
async function signIn(assertion: string, key: ClientKey, clientId?: string): Promise<Answer> {
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion,
    ...(clientId && { client_id: clientId }),
  })
  return await send(world.broker, {
    method: 'POST',
    path: '/oauth/token',
    key,
    body: form.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
}
const accepted = async (...of: Parameters<typeof signIn>): Promise<string> => {
  const { status, body, text } = await signIn(...of)
  expect({ status, text: status === 200 ? '' : text }).toEqual({ status: 200, text: '' })
  return String(body['access_token'])
}
const refused = async (...of: Parameters<typeof signIn>) => {
  const { status, body, text } = await signIn(...of)
  expect(status).toBe(400)
  expect(text).not.toContain(of[0].split('.')[2] || 'no signature')
  return { error: body['error'], because: body['error_description'] }
}
const NO_RULE = { error: 'invalid_grant', because: 'No trust rule holds for this token' }
const github = (more = {}) => ci.token(githubClaims(more))
const start = (token: string, key: ClientKey, more = {}) =>
  send(world.broker, { method: 'POST', path: '/v1/tasks', token, key, body: { ...STAGING, ...more } })

/** What GitHub gives a job with `id-token: write`. */
const jobEnvironment = (claims: object, agent: string) => {
  ci.answer(
    `/token?api-version=2.0&audience=${encodeURIComponent(world.broker.url)}`,
    (request, response) => {
      if (request.headers.authorization !== 'Bearer of-this-run') return void response.writeHead(401).end()
      void ci.token({ ...claims }).then((value) => response.end(JSON.stringify({ value })))
    },
  )
  return {
    BROKER_URL: world.broker.url,
    BROKER_AGENT: agent,
    ACTIONS_ID_TOKEN_REQUEST_URL: `${ci.url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-this-run',
  }
}

describe('a job of GitHub Actions', () => {
  it('starts a task without any stored secret', async () => {
    const job = Broker.fromEnvironment(jobEnvironment(githubClaims(), 'builder'))
    await using task = await job.startTask(STAGING)
    const sql = postgres({ ...(await task.postgres('orders-ro')), max: 1, onnotice: () => {} })
    expect(await sql`SELECT count(*)::int AS count FROM orders`).toEqual([{ count: 2 }])
    await sql.end({ timeout: 1 })
    const profiles = await readdir(join(world.broker.home, 'config', 'credbroker', 'profiles'))
    expect(profiles.sort()).toEqual(['default.json', 'fixer.json'])
    expect(
      await auditHas(
        world.broker,
        ({ type, actor, facts }) =>
          type === 'token.issued' && actor.id === 'builder' && facts?.['source'] === 'github',
      ),
    ).toBe(true)
  })

  it('of another repository, of a fork, or of a pull request does not', async () => {
    const key = generateClientKey()
    for (const [why, claims] of [
      ['another repository', { repository_id: '75' }],
      ['a recycled name: the same words, other ids', { repository_id: '7400', repository_owner_id: '6500' }],
      ['an id that is no text', { repository_id: 74 }],
      ['a fork', { repository: 'stranger/octo-repo', repository_id: '99', event_name: 'pull_request' }],
      ['a pull request of a fork, on the target', { event_name: 'pull_request_target' }],
      ['no event', { event_name: undefined }],
      ['another branch', { ref: 'refs/heads/mine' }],
    ] as const)
      expect({ why, ...(await refused(await github(claims), key, 'agent:builder')) }).toEqual({
        why,
        ...NO_RULE,
      })
    const job = Broker.fromEnvironment(jobEnvironment(githubClaims({ repository_id: '75' }), 'builder'))
    await expect(job.startTask(STAGING)).rejects.toMatchObject({ code: 'invalid_token' })
  })

  it('of a pull request is the agent whose rule names that event, and no other', async () => {
    const claims = { event_name: 'pull_request', ref: 'refs/pull/1/merge' }
    await accepted(await github(claims), generateClientKey(), 'agent:reviewer')
    expect(await refused(await github(claims), generateClientKey(), 'agent:builder')).toEqual(NO_RULE)
  })

  it('I2: of an environment works in the one of ours that its rule says, and in no other', async () => {
    const key = generateClientKey()
    const claims = { repository_id: '80', environment: 'Staging' }
    const token = await accepted(await github(claims), key)
    const started = await start(token, key, { ttl: '1h' })
    expect(started).toMatchObject({ status: 201, body: { capped_by: 'agent', task: { agent: 'deployer' } } })
    expect(await start(token, key, { environment: 'production' })).toMatchObject({
      status: 403,
      code: 'environment_mismatch',
    })
    expect(
      await auditHas(
        world.broker,
        ({ type, code }) => type === 'task.denied' && code === 'environment_mismatch',
      ),
    ).toBe(true)
    for (const environment of ['staging', 'Preview', undefined])
      expect(await refused(await github({ ...claims, environment }), generateClientKey())).toEqual(NO_RULE)
    const elsewhere = await signIn(await github({ ...claims, environment: 'Production' }), key)
    expect(elsewhere.body['error']).toBe('unauthorized_client')
  })
})

describe('a token of a platform', () => {
  it('signs one key in, once; the same key again gets what was lost', async () => {
    const [key, thief] = [generateClientKey(), generateClientKey()]
    const assertion = await github()
    await accepted(assertion, key, 'agent:builder')
    expect((await refused(assertion, thief, 'agent:builder')).error).toBe('invalid_dpop_proof')
    await accepted(assertion, key, 'agent:builder')
    expect((await refused(assertion, thief, 'agent:builder')).error).toBe('invalid_dpop_proof')
  })

  it('I3: lends a key until its own end, and a later one the same key for longer', async () => {
    const key = generateClientKey()
    const soon = Math.floor(Date.now() / 1000) + 30
    const { body } = await signIn(await github({ exp: soon }), key, 'agent:builder')
    expect(body['expires_in']).toBeLessThanOrEqual(30)
    const later = await signIn(await github(), key, 'agent:builder')
    expect(later.body['expires_in']).toBeGreaterThan(200)
    const token = await tokenOf(world.broker, { principal: 'agent:builder', key, client: world.agent.client })
    expect((await start(token, key)).status).toBe(201)
    const { keys } = await world.broker.admin.request<{
      keys: { jkt: string; ends_at: string; lent_by?: string }[]
    }>({
      method: 'GET',
      path: '/v1/agents/builder',
    })
    const lent = keys.find(({ jkt }) => jkt === key.thumbprint)
    expect(lent?.lent_by).toBe('github')
    expect(Date.parse(lent?.ends_at ?? '') - Date.now()).toBeLessThan(310_000)
  })

  it('does not make an enrolled key another’s, nor a lent one', async () => {
    const mine = await signIn(await github(), world.agent.key, 'agent:builder')
    expect(mine.body['error']).toBe('unauthorized_client')
    const key = generateClientKey()
    await accepted(await github(), key, 'agent:builder')
    const other = await signIn(await github({ event_name: 'pull_request' }), key, 'agent:reviewer')
    expect(other.body['error']).toBe('unauthorized_client')
  })

  it('CVE-2025-52477: of an issuer that nobody configured causes not one connection', async () => {
    const claims = githubClaims()
    for (const assertion of [
      await stranger.token(claims),
      await stranger.token(claims, { jku: `${stranger.url}/keys` }),
      await stranger.token({ ...claims, iss: `${stranger.url}/` }),
      await stranger.token({ ...claims, iss: 'http://169.254.169.254/latest' }),
    ]) {
      const { because } = await refused(assertion, generateClientKey(), 'agent:builder')
      expect(because).toBe("The token's issuer is not in the configuration")
    }
    expect((await refused(await stranger.token({ ...claims, iss: ci.url }), generateClientKey())).error).toBe(
      'invalid_grant',
    )
    expect(stranger.connections()).toBe(0)
  })

  it('that several agents trust is refused until the client says which it is', async () => {
    const claims = { repository_id: '90' }
    const { because } = await refused(await github(claims), generateClientKey())
    expect(because).toMatch(/say which with client_id/)
    await accepted(await github(claims), generateClientKey(), 'agent:twin')
    await accepted(await github({ repository_id: '91' }), generateClientKey())
    expect((await refused(await github(claims), generateClientKey(), 'twin')).error).toBe('invalid_request')
    expect(await refused(await github(claims), generateClientKey(), 'agent:fixer')).toEqual(NO_RULE)
    expect(await refused(await github(claims), generateClientKey(), 'agent:nobody')).toEqual(NO_RULE)
  })

  it('I8: gives nothing any more once its rule or its issuer is gone: key refused, task ended', async () => {
    const leave = () => apply((text) => text.replace('repository_id: "91"', 'repository_id: "92"'))
    const disable = () => world.broker.admin.request({ method: 'DELETE', path: '/v1/issuers/old' })
    for (const [agent, claims, go] of [
      ['leaver', githubClaims({ repository_id: '91' }), leave],
      ['relic', { iss: `${ci.url}/old`, sub: 'system-7' }, disable],
    ] as const) {
      const key = generateClientKey()
      const token = await accepted(await ci.token(claims), key, `agent:${agent}`)
      const { body } = await start(token, key)
      const { id } = body['task'] as { id: string }
      const state = async () =>
        (await world.broker.admin.request<{ state: string }>({ method: 'GET', path: `/v1/tasks/${id}` }))
          .state
      expect(await state()).toBe('active')
      await go()
      expect(await state()).toBe('ended')
      expect(await start(token, key)).toMatchObject({ status: 401, code: 'unauthenticated' })
      const again = await refused(await ci.token(claims), generateClientKey(), `agent:${agent}`)
      expect(again.error).toBe('invalid_grant')
    }
  })
})

describe('a pod with a projected token', () => {
  const claims = (uid = 'u-1') => ({
    sub: 'system:serviceaccount:agents:fixer',
    'kubernetes.io': {
      namespace: 'agents',
      serviceaccount: { name: 'fixer', uid },
      pod: { name: 'p', uid: 'p-1' },
    },
  })

  it('runs a command by broker exec, which keeps the token and every trace of it to itself (I1)', async () => {
    const file = join(world.broker.home, 'token')
    const projected = await cluster.token(
      { ...claims(), jti: undefined, aud: [world.broker.url] },
      { typ: undefined },
    )
    await writeFile(file, projected)
    const env = { BROKER_AGENT: 'pod', BROKER_WORKLOAD_TOKEN_FILE: file, BROKER_WORKLOAD_TOKEN: projected }
    const ran = await world.broker.cli(
      ['exec', '--env', 'staging', '--scope', 'orders-ro', '--purpose', 'x', '--', 'sh', '-c', 'env'],
      { env },
    )
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.stdout).toContain('PGSERVICE=')
    expect(ran.stdout).not.toMatch(/BROKER_(AGENT|URL|WORKLOAD)/)
    expect(ran.stdout + ran.stderr).not.toContain(await readFile(file, 'utf8'))
  })

  it('of a service account that was made anew under the same name does not', async () => {
    expect(await refused(await cluster.token(claims('u-2')), generateClientKey(), 'agent:pod')).toEqual(
      NO_RULE,
    )
  })

  it('whose token has no end, as secrets of old service accounts have, does not', async () => {
    const legacy = await cluster.token({ ...claims(), exp: undefined })
    expect((await refused(legacy, generateClientKey(), 'agent:pod')).error).toBe('invalid_grant')
  })
})
