import { CONNECTORS } from '@credbroker/connectors/registry.gen'
import type { KindView } from '@credbroker/core/wire/kinds'
import { PROVIDERS } from '@credbroker/providers/registry.gen'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectRefused } from '../security/desk.ts'
import { type ObjectsDesk, startObjectsDesk } from './objects-desk.ts'

vi.setConfig({ testTimeout: 60_000 })

let desk: ObjectsDesk
beforeAll(async () => {
  desk = await startObjectsDesk()
}, 180_000)
afterAll(() => desk?.world.stop())

describe('PUT of an object that files do not own', () => {
  it('makes it, replaces it, and writes nothing where nothing changes', async () => {
    expect(await desk.done('teams/night', { description: 'works at night' })).toMatchObject({
      source: 'api',
      disabled: false,
      tampered: false,
      description: 'works at night',
    })
    await desk.done('agents/owl', { owner: 'mia', teams: ['night'], maxTask: '1h' })
    const first = await desk.get('agents/owl')
    expect(first).toMatchObject({ owner: 'mia', teams: ['night'], max_task_seconds: 3600, source: 'api' })
    expect(await desk.done('agents/owl', { owner: 'mia', teams: ['night'], maxTask: 3600 })).toEqual(first)
    expect(await desk.done('agents/owl', { owner: 'noa', tool: 'editor' })).toMatchObject({
      owner: 'noa',
      teams: [],
      tool: 'editor',
      max_task_seconds: 28_800,
    })
    expect(await desk.done('users/eve', { roles: ['viewer'] })).toMatchObject({
      roles: ['viewer'],
      source: 'api',
    })
  })

  it('is left alone by files that do not name it, and may be named by them', async () => {
    await desk.applied()
    expect(await desk.get('agents/owl')).toMatchObject({ owner: 'noa', source: 'api', disabled: false })
    await desk.applied((text) => text.replace('teams: [payments]', 'teams: [payments, night]'))
    expect(await desk.get('agents/fixer')).toMatchObject({ teams: ['payments', 'night'], source: 'files' })
    expect(await desk.get('teams/night')).toMatchObject({ source: 'api', disabled: false })
    await desk.applied()
    expect((await desk.run('plan')).body['changes']).toEqual([])
  })

  it('a scope of it is assessed by its vendor, works, is disabled and enabled again', async () => {
    const scope = {
      root: 'staging-orders',
      environment: 'staging',
      maxTtl: '5m',
      allow: { template: 'read-only', schemas: ['public'] },
    }
    expect(await desk.done('scopes/orders-audit', scope)).toMatchObject({
      access: ['read'],
      max_ttl_seconds: 300,
      source: 'api',
    })
    const work = () =>
      desk.agent.client.startTask({ environment: 'staging', purpose: 'x', scopes: ['orders-audit'] })
    const task = await work()
    expect(await desk.get('scopes/orders-audit')).not.toHaveProperty('last_used_at')
    await task.credential('orders-audit')
    await expect
      .poll(async () => (await desk.get('scopes/orders-audit'))['last_used_at'], { timeout: 20_000 })
      .toEqual(expect.any(String))
    const { last_used_at: used } = await desk.get('scopes/orders-audit')
    expect(await desk.get('roots/staging-orders')).toMatchObject({ last_used_at: used })
    const { items } = await desk.get('scopes')
    expect(items).toContainEqual(expect.objectContaining({ name: 'orders-audit', last_used_at: used }))
    await desk.applied()
    await task.credential('orders-audit')
    expect((await desk.asAdmin({ method: 'DELETE', path: '/v1/scopes/orders-audit' })).status).toBe(200)
    await expect(work()).rejects.toMatchObject({ status: 404 })
    await desk.applied()
    expect(await desk.get('scopes/orders-audit')).toMatchObject({ disabled: true })
    expect(await desk.done('scopes/orders-audit', scope)).toMatchObject({ disabled: false })
    await (await work()).end()
    await task.end()
  })

  it('an environment keeps its anchors when files are applied, and takes nobody else’s', async () => {
    const { staging } = desk.world
    const anchors = [{ vendor: 'postgres', id: staging.anchor('production') }]
    expect(await desk.done('environments/lab', { tier: 'standard', anchors })).toMatchObject({
      tier: 'standard',
      recovery_group: 'lab',
      anchors: [{ ...anchors[0], shared: false }],
    })
    await desk.applied()
    expect(await desk.get('environments/lab')).toMatchObject({ anchors: [anchors[0]], disabled: false })
    const taken = await desk.put('environments/den', {
      anchors: [{ vendor: 'postgres', id: staging.anchor('orders') }],
    })
    expectRefused(taken, 'config_invalid')
    expect(taken.body).toMatchObject({ problems: [{ message: expect.stringContaining('overlaps') }] })
    // Files that want the same are told, and change nothing.
    const ran = await desk.run('apply', (text) =>
      text.replace(
        '  production:\n',
        `  production:\n    anchors: [{ vendor: postgres, id: ${staging.anchor('production')} }]\n`,
      ),
    )
    expect(ran.text).toContain('overlaps with an anchor of production')
    await desk.applied()
    expect(await desk.done('environments/lab', { tier: 'standard' })).toMatchObject({ anchors: [] })
  })

  it('environments that back each other up are of one group, whoever owns them (I5)', async () => {
    await desk.done('environments/attic', { tier: 'standard' })
    await desk.done('environments/lab', { tier: 'standard', backups: ['attic'] })
    expect(await desk.get('environments/attic')).toMatchObject({ recovery_group: 'attic' })
    expect(await desk.get('environments/lab')).toMatchObject({ recovery_group: 'attic' })
    await desk.applied()
    expect(await desk.get('environments/lab')).toMatchObject({ recovery_group: 'attic' })
    const answer = await desk.put('environments/lab', { tier: 'standard', backups: ['staging'] })
    expectRefused(answer, 'config_invalid')
    expect(answer.text).toContain('holds the backups of lab')
  })

  it('what is disabled stays so, whatever else is put or applied', async () => {
    const disabled = ['environments/attic', 'agents/dove', 'teams/night']
    await desk.done('agents/dove', { owner: 'mia', teams: ['night'] })
    for (const path of disabled)
      expect((await desk.asAdmin({ method: 'DELETE', path: `/v1/${path}` })).status).toBe(200)
    await desk.done('environments/lab', { tier: 'disposable', backups: ['attic'] })
    await desk.done('agents/owl', { owner: 'noa' })
    await desk.applied()
    for (const path of disabled) expect(await desk.get(path), path).toMatchObject({ disabled: true })
    expect(await desk.get('environments/lab')).toMatchObject({ recovery_group: 'attic' })
    await desk.done('teams/night', {})
  })

  it('trust rules on an issuer of the files are kept to the letter, and rest where it goes', async () => {
    const withIssuer = (text: string) =>
      `${text}issuers:\n  ci: { url: "https://ci.example", profile: oidc, jwks: "https://ci.example/keys" }\n`
    const trust = [
      {
        issuer: 'ci',
        claims: { sub: 'deploy', aud2: { glob: 'x/*' } },
        environments: { live: 'lab' },
        maxTask: '10m',
      },
      { issuer: 'ci', claims: { sub: 'check', nested: { run: ['a', 'b'] } } },
    ]
    expect((await desk.put('agents/robot', { owner: 'mia', trust })).body).toMatchObject({
      code: 'config_invalid',
      problems: expect.arrayContaining([{ at: 'trust.0.issuer', message: expect.any(String) }]),
    })
    await desk.applied(withIssuer)
    const first = await desk.done('agents/robot', { owner: 'mia', model: 'm', trust })
    expect(await desk.done('agents/robot', { owner: 'mia', model: 'm', trust })).toEqual(first)
    expect((await desk.run('plan', withIssuer)).body['changes']).toEqual([])
    await desk.applied()
    expect(await desk.get('agents/robot')).toMatchObject({ trust: first['trust'], disabled: false })
  })

  it('names the field that is wrong, and never what was in it', async () => {
    const stray = 'nobody-of-this-name'
    const unowned = await desk.put('agents/owl', { owner: stray })
    expectRefused(unowned, 'config_invalid')
    expect(unowned.body).toMatchObject({ problems: [{ at: 'owner' }] })
    const scope = { root: 'staging-orders', environment: 'production', allow: {} }
    expect((await desk.put('scopes/stray', scope)).body).toMatchObject({
      code: 'config_invalid',
      problems: expect.arrayContaining([{ at: 'environment', message: expect.stringContaining('I2') }]),
    })
    for (const [path, body] of [
      ['agents/owl', { owner: 'mia', trousers: `<script>${stray}</script>` }],
      ['agents/owl', { owner: `<b>${stray}` }],
      ['agents/Owl', { owner: 'mia' }],
      ['agents/__proto__', { owner: 'mia' }],
      ['agents/owl', { owner: 'mia', tool: `${stray}\u202e` }],
      ['users/eve', { roles: ['owner'] }],
      ['teams/night', { description: 'x'.repeat(10_000) }],
      ['environments/lab', { tier: 'none' }],
      ['environments/lab', { expected_revision: '<script>' }],
    ] as const)
      expectRefused(await desk.put(path, body), 'invalid_request', stray)
    const last = await desk.put('users/admin', { roles: ['viewer'] })
    expect(last.body).toMatchObject({ code: 'config_invalid', problems: [{ at: 'roles' }] })
  })
})

describe('the kinds that a broker has', () => {
  it('are listed with what is to be said to each: nothing of the console or the command line has a copy', async () => {
    const { items } = (await desk.get('kinds')) as { items: KindView[] }
    expect(items.map(({ name }) => name)).toEqual([...PROVIDERS.keys(), ...CONNECTORS.keys()].sort())
    const of = (name: string) => items.find((kind) => kind.name === name)
    expect(of('postgres-role')).toMatchObject({
      is: 'provider',
      form: 'postgres',
      federated: false,
      root: { anyOf: [{ required: ['host', 'database', 'user', 'password'] }, { type: 'string' }] },
      limits: { ends_by_itself: true },
    })
    expect(of('railway-project-token')?.limits).toMatchObject({ ends_by_itself: false })
    expect(of('aws-federated')).toMatchObject({ federated: true })
    expect(of('railway')).toMatchObject({ is: 'connector', scope: { required: ['projects', 'operations'] } })
    expect(of('github')?.works_with).toContain('github-app')
    for (const { name, is, form, limits } of items)
      expect([name, form !== undefined, limits !== undefined]).toEqual([
        name,
        ...(is === 'provider' ? [true, true] : [false, false]),
      ])
    expect((await desk.asAgent({ path: '/v1/kinds' })).code).toBe('forbidden')
    const shown = await desk.world.broker.cli(['kind', 'show', 'http'])
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('origin: string') })
    const unknown = await desk.world.broker.cli(['kind', 'show', 'nothing'])
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('broker kind list') })
  })
})

describe('files and the API never own the same', () => {
  it.each([
    ['environments/staging', { tier: 'disposable' }],
    ['scopes/orders-ro', { root: 'staging-orders', environment: 'staging', allow: {} }],
    ['agents/fixer', { owner: 'noa' }],
    ['teams/payments', {}],
    ['users/mia', { roles: ['admin'] }],
    ['roots/staging-orders', { owner: 'noa' }],
  ])('%s belongs to files, and says so', async (path, body) => {
    const answer = await desk.put(path, body)
    expectRefused(answer, 'conflict')
    expect(answer.body.detail).toContain(`\`${path.replace('/', '.')}\` in broker.yaml`)
  })

  it('a name that files take up is theirs from then on: the plan says it, and the API lets go', async () => {
    const owl = (text: string) => text.replace('  other:', '  owl: { owner: mia }\n  other:')
    const planned = await desk.run('plan', owl)
    expect(planned.body['changes']).toEqual([
      expect.objectContaining({
        kind: 'agent',
        name: 'owl',
        action: 'update',
        fields: expect.arrayContaining([{ field: 'source', from: 'api', to: 'files' }]),
      }),
    ])
    await desk.applied(owl)
    expect(await desk.get('agents/owl')).toMatchObject({ source: 'files', owner: 'mia' })
    expectRefused(await desk.put('agents/owl', { owner: 'noa' }), 'conflict')
    await desk.applied()
    expect(await desk.get('agents/owl')).toMatchObject({ source: 'files', disabled: true })
  })

  it('what files take away from under it stays as it is, gives nothing, and keeps nobody from applying', async () => {
    await desk.done('agents/lark', { owner: 'noa' })
    await desk.applied((text) => text.replace(/ {2}noa: .*\n/, '').replace(/ {2}other: .*\n/, ''))
    expect(await desk.get('agents/lark')).toMatchObject({ owner: 'noa', disabled: false, source: 'api' })
    expectRefused(await desk.put('agents/lark', { owner: 'noa' }), 'config_invalid')
    // Others are not touched by that.
    await desk.done('teams/night', { description: 'still here' })
    await desk.applied()
  })
})

describe('two people at once', () => {
  it('whoever read an older version is refused where they say so', async () => {
    const { revision: seen } = await desk.get('teams/night')
    await desk.done('teams/night', { description: 'by one', expected_revision: seen })
    const late = await desk.put('teams/night', { description: 'by the other', expected_revision: seen })
    expectRefused(late, 'conflict')
    expect(late.status).toBe(409)
    expect(late.body.detail).toContain('changed since it was read')
    expect(await desk.get('teams/night')).toMatchObject({ description: 'by one' })
    // A change of something else is none of theirs.
    const { revision: now } = await desk.get('teams/night')
    await desk.done('teams/other', {})
    await desk.done('teams/night', { description: 'by the first', expected_revision: now })
    await desk.done('teams/night', {
      description: 'by one',
      expected_revision: (await desk.get('teams/night'))['revision'],
    })
    const policy = { text: 'forbid(principal == Agent::"nobody", action, resource);' }
    expectRefused(await desk.put('policies/night', { ...policy, expected_revision: seen }), 'conflict')
    const taken = await desk.put('teams/night', { expected_revision: 'none' })
    expectRefused(taken, 'conflict')
    expect(taken.body.detail).toContain('There is one of this name already')
    await desk.done('teams/brand-new', { expected_revision: 'none' })
  })

  it('at the very same moment, each is done whole or refused', async () => {
    const { revision: seen } = await desk.get('teams/night')
    const answers = await Promise.all(
      ['left', 'right'].map((description) =>
        desk.put('teams/night', { description, expected_revision: seen }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const won = answers.find(({ status }) => status === 200)
    expect(await desk.get('teams/night')).toMatchObject({ description: won?.body['description'] })
  })
})
