import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { GithubCredential } from '@credbroker/core/credential'
import type { Task } from '@credbroker/sdk/task'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { approvers } from '../harness/approver.ts'
import type { Identity, TestBroker } from '../harness/broker.ts'
import type { FakeGithub } from '../harness/github.ts'
import { nodeId } from '../harness/github-graphql.ts'
import { send } from '../security/wire.ts'
import { ACTS, type Act, no, yes } from './github-acts.ts'
import { graphqlActs } from './github-graphql-acts.ts'
import { minted } from './github-scopes.ts'
import { pathIn, startWork } from './github-work.ts'
import { type GithubWorld, startGithubWorld } from './github-world.ts'

vi.setConfig({ testTimeout: 60_000 })

describe('one root of GitHub, minted from and called through the gateway', () => {
  let vendor: FakeGithub
  let broker: TestBroker
  let fixer: Identity
  let shop: string
  let toy: string
  let ledger: string
  let authority: string
  let configuration: GithubWorld['configuration']

  let world: GithubWorld
  beforeAll(async () => {
    world = await startGithubWorld()
    ;({ vendor, broker, fixer, shop, toy, ledger, authority, configuration } = world)
  }, 180_000)
  afterAll(() => world?.stop())

  const start = (environment: string, ...scopes: string[]) =>
    fixer.client.startTask({ environment, purpose: 'x', scopes })

  /** GraphQL says 200 to whatever it refuses. */
  const isDone = (body: string) => !/^\{"data":.*"errors":\[/s.test(body)

  async function tokenOf(task: Task, scope: string): Promise<string> {
    const { credential } = await task.credential(scope)
    return (credential as GithubCredential).token.expose()
  }

  /** Past the broker, with a minted token. */
  const direct = async (token: string, { method, path, body }: Act) => {
    const asked = request(`${vendor.origin}${pathIn('acme/toy', path)}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ca: authority,
      agent: false,
    })
    asked.end(body && JSON.stringify(body))
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const read = await text(answer)
    return (answer.statusCode ?? 500) < 300 && isDone(read)
  }
  const call = async (task: Task, scope: string, repository: string, { method, path, body }: Act) => {
    try {
      const answer = await task.fetch(scope, pathIn(repository, path), { method, ...(body && { body }) })
      if (answer.status >= 300) return `vendor ${answer.status}`
      return isDone(await answer.text()) ? 'allowed' : 'vendor errors'
    } catch (error) {
      return String((error as { code?: string }).code ?? error)
    }
  }

  it('the same act has the same verdict, or the difference is documented', async () => {
    const task = await start('sandbox', 'toy-minted', 'toy-called')
    const token = await tokenOf(task, 'toy-minted')
    const documented = await readFile(new URL('../../docs/connectors/github.md', import.meta.url), 'utf8')
    const seen: string[] = []
    for (const act of [...ACTS, ...graphqlActs(toy, ledger)]) {
      const what = `${act.method} ${act.path} ${act.body?.['query'] ?? ''}`
      const [minted, gateway] = [await direct(token, act), await call(task, 'toy-called', 'acme/toy', act)]
      if (minted !== act.minted || (gateway === 'allowed') !== act.gateway)
        seen.push(`${what}: minted ${minted}, gateway ${gateway}`)
      if (act.differs !== undefined) expect(documented, what).toContain(`**${act.differs}.**`)
      else expect(act.minted, what).toBe(act.gateway)
      // The gateway is never the wider of the two.
      expect(act.gateway && !act.minted, what).toBe(false)
    }
    expect(seen).toEqual([])
    await task.end()
  })

  it('what is coarse at GitHub is coarse when minted: there it is denied where the gateway decides each call (I4b)', async () => {
    const task = await start('staging', 'shop-minted', 'shop-called')
    const grants = Object.fromEntries(
      task.grants.map(({ scope, state, access }) => [scope, { state, access }]),
    )
    expect(grants['shop-minted']).toMatchObject({ state: 'denied' })
    expect(grants['shop-called']).toMatchObject({ state: 'active', access: ['read', 'write'] })
    const verdict = (act: Act) => call(task, 'shop-called', 'acme/shop', act)
    expect(await verdict(yes('POST', 'issues', { title: 't' }))).toBe('allowed')
    vendor.acts.length = 0
    expect(await verdict(no('DELETE', 'issues/comments/7'))).toBe('denied')
    expect(await verdict(no('POST', 'actions/workflows/ci.yml/dispatches', { ref: 'main' }))).toBe('denied')
    expect(vendor.acts).toEqual([])
    await task.end()
  })

  it('a thing is called by its id where it lies, and one of another environment looks like none (I2)', async () => {
    const task = await start('staging', 'shop-called')
    const create = (repository: string) =>
      call(
        task,
        'shop-called',
        'acme/shop',
        yes('POST', '/graphql', {
          query: 'mutation($i: CreateIssueInput!) { createIssue(input: $i) { issue { number } } }',
          variables: { i: { repositoryId: repository, title: 't' } },
        }),
      )
    vendor.acts.length = 0
    expect(await create(nodeId('R', shop))).toBe('allowed')
    expect(vendor.acts).toEqual(['GraphQL createIssue acme/shop'])
    expect([await create(nodeId('R', ledger)), await create('R_none')]).toEqual([
      'call_unresolved',
      'call_unresolved',
    ])
    const comment = nodeId('IC', shop, 1)
    const deleted = yes('POST', '/graphql', {
      query: `mutation { deleteIssueComment(input: { id: "${comment}" }) { clientMutationId } }`,
    })
    expect(await call(task, 'shop-called', 'acme/shop', deleted)).toBe('denied')
    expect(vendor.acts).toEqual(['GraphQL createIssue acme/shop'])
    await task.end()
  })

  it('the token behind the calls is a lease: it dies with its task (I8)', async () => {
    const before = vendor.liveTokens
    const task = await start('staging', 'shop-called')
    expect(await call(task, 'shop-called', 'acme/shop', yes('GET', 'pulls'))).toBe('allowed')
    expect(vendor.liveTokens).toBe(before + 1)
    await task.end()
    await vi.waitFor(() => expect(vendor.liveTokens).toBe(before), { timeout: 20_000 })
  })

  describe('whose token ends before its time', () => {
    let second: TestBroker
    beforeAll(async () => {
      second = await broker.replica()
    }, 60_000)

    const atWork = () => startWork(broker, fixer)
    const revoke = (lease: string) => broker.admin.request({ method: 'DELETE', path: `/v1/leases/${lease}` })

    it('no replica uses it again: each mints another one (I8)', async () => {
      const { ask, leases } = await atWork()
      const both = async () => [
        (await ask(broker, yes('GET', 'pulls'))).status,
        (await ask(second, yes('GET', 'pulls'))).status,
      ]
      expect(await both()).toEqual([200, 200])
      expect(await both()).toEqual([200, 200])
      const before = await leases()
      expect(before).toHaveLength(2)
      for (const { id } of before) await revoke(id)
      expect(await both()).toEqual([200, 200])
      const known = new Set(before.map(({ id }) => id))
      const after = (await leases()).filter(({ id }) => !known.has(id))
      expect(after.map(({ state }) => state)).toEqual(['active', 'active'])
    })

    it('one that the vendor refuses is revoked and replaced for the next call, and the refused call is not sent again', async () => {
      const { ask, leases } = await atWork()
      expect((await ask(broker, yes('GET', 'pulls'))).status).toBe(200)
      vendor.acts.length = 0
      vendor.bend(/^\/repos\/acme\/shop\/issues$/, () => ({ status: 401, body: {} }))
      const issue = yes('POST', 'issues', { title: 't' })
      expect((await ask(broker, issue)).code).toBe('vendor_refused')
      expect(vendor.acts).toEqual(['POST /repos/acme/shop/issues'])
      expect((await ask(broker, yes('GET', 'pulls'))).status).toBe(200)
      const [first, second, ...others] = (await leases()).sort((a, b) => a.id.localeCompare(b.id))
      expect([second?.state, others]).toEqual(['active', []])
      expect(first?.state).not.toBe('active')
    })

    it('a vendor that refuses whatever it issues is not asked for another at each call', async () => {
      const { ask, leases } = await atWork()
      const codes: unknown[] = []
      for (let call = 0; call < 5; call++) {
        const { status } = await ask(broker, yes('GET', 'pulls'))
        codes.push(status === 200)
        vendor.forgetTokens()
      }
      // Found out while the call is resolved, the first replacement works, and no second is minted.
      expect(codes).toEqual([true, false, true, false, false])
      expect(await leases()).toHaveLength(2)
    })

    it('a call that is being resolved with it is not sent (I8)', async () => {
      const { ask, leases } = await atWork()
      expect((await ask(second, yes('GET', 'pulls'))).status).toBe(200)
      const reached = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      vendor.bend(/^\/repos\/acme\/shop$/, async (reply) => {
        reached.resolve()
        await released.promise
        return reply
      })
      vendor.acts.length = 0
      const answer = ask(second, yes('POST', 'issues', { title: 't' }))
      await reached.promise
      for (const { id } of await leases()) await revoke(id)
      released.resolve()
      // The notice of the end, or the statement that begins the call: whichever is first.
      expect(['task_ended', 'not_granted']).toContain((await answer).code)
      expect(vendor.acts).toEqual([])
    })
  })

  it('I2 an App that reaches two environments is called in each for what is there, and mints in neither', async () => {
    const ran = await broker.cli(
      ['root', 'add', 'narrow', '--provider', 'github-app', '--env', 'staging', '--owner', 'mia'],
      { stdin: await readFile(join(broker.home, 'wide.json'), 'utf8') },
    )
    expect(ran.stdout + ran.stderr).not.toContain('BEGIN RSA')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('production and staging') })

    const task = await start('staging', 'wide-called')
    const get = (repository: string) => call(task, 'wide-called', repository, yes('GET', 'pulls'))
    expect(await get('acme/shop')).toBe('allowed')
    vendor.acts.length = 0
    expect([await get('acme/ledger'), await get('acme/nothing')]).toEqual([
      'call_unresolved',
      'call_unresolved',
    ])
    expect(vendor.acts).toEqual([])
    await task.end()

    const other = minted('wide', 'staging', [shop])
    const config = { ...configuration, scopes: { ...configuration.scopes, other } }
    const planned = broker.admin.request({ method: 'POST', path: '/v1/plan', body: { config } })
    await expect(planned).rejects.toMatchObject({
      code: 'config_invalid',
      problems: [{ at: expect.stringContaining('scopes.other') }],
    })
  })

  it('a ref goes by its id when a person has read its name, and no other one with that word (I4)', async () => {
    const { mia } = await approvers(broker, 'mia')
    const started = await fixer.client.request<{ token: { access_token: string } }>({
      method: 'POST',
      path: '/v1/tasks',
      body: { environment: 'staging', purpose: 'x', scopes: ['shop-refs'] },
    })
    const remove = (ref: string, approval?: string) =>
      send(broker, {
        method: 'POST',
        path: '/gateway/shop-refs/graphql',
        token: started.token.access_token,
        key: fixer.key,
        body: {
          query: 'mutation($i: ID!) { deleteRef(input: { refId: $i }) { clientMutationId } }',
          variables: { i: nodeId('REF', shop, ref) },
        },
        ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
      })
    vendor.acts.length = 0
    const asked = await remove('refs/heads/old')
    const approval = asked.headers.get('broker-approval') ?? ''
    expect([asked.status, vendor.acts]).toEqual([202, []])
    expect(await mia.question(approval)).toMatchObject({
      requests: [
        {
          operations: [{ name: 'deleteRef' }],
          access: ['delete'],
          anchors: [shop],
          facts: { repository: 'acme/shop', things: ['refs/heads/old'] },
        },
      ],
    })
    expect((await mia.answer(approval)).status).toBe(200)
    expect((await remove('refs/heads/main', approval)).code).toBe('approval_invalid')
    expect(vendor.acts).toEqual([])
    expect((await remove('refs/heads/old', approval)).status).toBe(200)
    expect(vendor.acts).toEqual(['GraphQL deleteRef acme/shop'])
  })
})
