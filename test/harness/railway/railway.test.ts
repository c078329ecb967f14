import { request } from 'node:https'
import railway from '@credbroker/connectors/kinds/railway'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeRailway, startFakeRailway } from './server.ts'
import { shop } from './shop.ts'
import { volumeIn } from './state.ts'

const { ids, state, tokens } = shop()
let vendor: FakeRailway
beforeAll(async () => {
  vendor = await startFakeRailway(state)
})
afterAll(() => vendor.stop())

type Headers = Record<string, string>
const bearer = (secret: string): Headers => ({ authorization: `Bearer ${secret}` })

function post(headers: Headers, body: object): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${vendor.upstream.origin}/graphql/v2`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        rejectUnauthorized: false,
      },
      (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      },
    )
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}
const asked = async (headers: Headers, query: string) => {
  const { status, body } = await post(headers, { query })
  return { status, ...(JSON.parse(body) as { data?: unknown; errors?: { message: string }[] }) }
}

describe('the stand-in for Railway', () => {
  const account = bearer(tokens.account.secret)
  const project = { 'project-access-token': tokens.project.secret }

  it('says Not Authorized with status 200, of what is foreign and of what is not there alike', async () => {
    for (const id of [ids.foreignVolume, ids.nobody]) {
      const found = await asked(account, `mutation { volumeDelete(volumeId: "${id}") }`)
      expect(found).toMatchObject({ status: 200, errors: [{ message: 'Not Authorized' }] })
    }
  })

  it.each([
    ['a project token as a bearer token', bearer(tokens.project.secret)],
    ['an account token in the header of project tokens', { 'project-access-token': tokens.account.secret }],
    ['no token', {}],
  ])('knows nobody by %s', async (_, headers) => {
    const { errors } = await asked(headers, `{ environment(id: "${ids.staging}") { id } }`)
    expect(errors?.[0]?.message).toBe('Not Authorized')
  })

  it('a project token reaches its environment and no other', async () => {
    const of = (id: string) => asked(project, `{ environment(id: "${id}") { name } }`)
    expect(await of(ids.staging)).toMatchObject({ data: { environment: { name: 'staging' } } })
    expect((await of(ids.production)).errors?.[0]?.message).toBe('Not Authorized')
  })

  it('what a token reaches is what the connector finds', async () => {
    const reach = async (type: 'account' | 'workspace' | 'project') => {
      const { secret: token } = tokens[type]
      const headers = type === 'project' ? { 'project-access-token': token } : bearer(token)
      return await railway.reach(railway.root.parse({ token, type }), {
        host: vendor.upstream.host,
        read: ({ body = '' }) => post(headers, JSON.parse(body)),
      })
    }
    const all = [
      `${ids.project}/${ids.staging}`,
      `${ids.project}/${ids.production}`,
      `${ids.domainsProject}/${ids.domainsEnvironment}`,
    ]
    expect(new Set((await reach('account')).reach)).toEqual(new Set(all))
    expect(await reach('account')).toMatchObject({
      complete: true,
      identity: expect.stringMatching(/^account Jer/),
    })
    expect(await reach('workspace')).toMatchObject({ complete: true, reach: all })
    expect(await reach('project')).toMatchObject({ complete: true, reach: [all[0]] })
  })

  it('the incident: one call with an account token, and a volume is gone with its backups', async () => {
    expect(volumeIn(vendor.state, ids.productionVolume)).toBe('orders-production: 5000 orders, 5 backups')
    vendor.forget()
    const query = 'mutation($v: String!) { anything: volumeDelete(volumeId: $v) }'
    await post(account, { query, variables: { v: ids.productionVolume } })
    expect(vendor.changes).toEqual([
      {
        root: 'mutation',
        field: 'volumeDelete',
        arguments: { volumeId: ids.productionVolume },
        token: 'custom domains',
      },
    ])
    expect(volumeIn(vendor.state, ids.productionVolume)).toBe('gone, and its backups with it')
    expect(volumeIn(vendor.state, ids.stagingVolume)).toBe('orders-staging: 20 orders, 2 backups')
  })

  it('the same through a configuration', async () => {
    const query =
      'mutation($p: EnvironmentConfig) { environmentPatchCommit(environmentId: "ENV", patch: $p) }'
    const patch = { volumes: { [ids.scratchVolume]: { isDeleted: true } } }
    await post(account, { query: query.replace('ENV', ids.staging), variables: { p: patch } })
    expect(volumeIn(vendor.state, ids.scratchVolume)).toBe('gone, and its backups with it')
  })

  it.each([
    ['a batch', [{ query: '{ regions { name } }' }, { query: '{ platformStatus { isStable } }' }]],
    ['two operations', { query: 'query a { regions { name } } query b { me { id } }', operationName: 'a' }],
  ])('understands %s, so that what gets through takes effect', async (_, body) => {
    vendor.forget()
    expect((await post(account, body)).status).toBe(200)
    expect(vendor.understood[0]?.field).toBe('regions')
  })
})
