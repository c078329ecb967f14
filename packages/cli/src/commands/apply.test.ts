import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokerDouble, enrolledAt, problem, type Reply, type Seen } from '../../test/broker-double.ts'
import { type Ran, type Sandbox, sandbox } from '../../test/run-cli.ts'

const plan = (rest: object = {}) => ({ version: 7, changes: [], needs_secret: [], warnings: [], ...rest })
const secret = 'postgres://minter:hunter2canary@db/orders'

const YAML = `version: 1
environments:
  staging: { tier: standard }
users:
  mia: { roles: [admin] }
roots:
  orders-db:
    provider: postgres-role
    environment: staging
    owner: mia
    secret: SECRET
`

interface Result extends Ran {
  readonly seen: readonly Seen[]
}

const apply = async (
  routes: Record<string, Reply | ((seen: Seen) => Reply)>,
  args: readonly string[] = ['--yes'],
  prepare: (here: Sandbox) => Promise<unknown> = async () => {},
  reference = 'stdin',
): Promise<Result> => {
  await using here = await sandbox()
  await using broker = await brokerDouble(routes)
  await enrolledAt(broker.url, here.env)
  await mkdir(join(here.directory, 'c', 'policies'), { recursive: true })
  const text = YAML.replace('SECRET', reference.replace('HOME', here.directory))
  await writeFile(join(here.directory, 'c', 'broker.yaml'), text)
  await prepare(here)
  const ran = await here.run(['apply', '-f', 'c', ...args], secret)
  return { ...ran, seen: broker.seen.filter(({ path }) => path.startsWith('/v1/')) }
}

const created = {
  kind: 'environment',
  name: 'staging',
  action: 'create',
  fields: [
    { field: 'tier', to: 'standard' },
    { field: 'disabled', to: false },
    { field: 'backups', to: [] },
  ],
  approval: false,
}

it('says so when nothing differs, and applies nothing', async () => {
  const { code, out, seen } = await apply({ 'POST /v1/plan': plan() })
  expect({ code, out }).toEqual({ code: 0, out: 'No changes.\n' })
  expect(seen.map(({ path }) => path)).toEqual(['/v1/plan'])
})

it('shows the difference readably and marks what a person will have to approve', async () => {
  const changes = [
    created,
    {
      kind: 'scope',
      name: 'orders-ro',
      action: 'update',
      fields: [
        { field: 'maxTtl', from: 900, to: 3600 },
        { field: 'owner', from: 'bo' },
      ],
      approval: true,
    },
    { kind: 'team', name: 'old', action: 'remove', fields: [{ field: 'x', from: 1 }], approval: false },
    {
      kind: 'policy',
      name: 'p.cedar',
      action: 'update',
      fields: [{ field: 'text', from: 'a\nb\n', to: 'a\nc\n' }],
      approval: false,
    },
  ]
  const { code, out } = await apply({ 'POST /v1/plan': plan({ changes }) }, ['--plan'])
  expect(code).toBe(0)
  expect(out).toBe(`+ environment staging
    tier: standard
~ scope orders-ro  (needs approval once approvers exist: protected)
    maxTtl: 900 → 3600
    owner: bo → none
− team old
~ policy p.cedar
    text:
      − b
      + c
1 to create, 2 to change, 1 to remove.
`)
})

it('shows what a look at a root found as sentences', async () => {
  const to = [{ level: 'over-broad', code: 'superuser', message: 'It can do everything.\u001b[2J' }]
  const changes = [{ ...created, kind: 'root', fields: [{ field: 'findings', to }] }]
  const { out } = await apply({ 'POST /v1/plan': plan({ changes }) }, ['--plan'])
  expect(out).toContain(
    '    findings:\n      over-broad  superuser: It can do everything.\\u{1b}[2J\n1 to create',
  )
})

it('shows what changes about one thing in one place', async () => {
  const twice = ['a', 'b'].map((field) => ({
    ...created,
    action: 'update',
    fields: [{ field, from: 1, to: 2 }],
  }))
  const { out } = await apply({ 'POST /v1/plan': plan({ changes: twice }) }, ['--plan'])
  expect(out).toBe(
    '~ environment staging\n    a: 1 → 2\n    b: 1 → 2\n0 to create, 1 to change, 0 to remove.\n',
  )
})

it('applies exactly the plan it showed', async () => {
  const { code, out, seen } = await apply({
    'POST /v1/plan': plan({ changes: [created] }),
    'POST /v1/apply': plan({ version: 8, changes: [created] }),
  })
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('Applied (version 8).') })
  expect(seen.at(-1)?.body).toMatchObject({
    expected_version: 7,
    config: { environments: { staging: { tier: 'standard' } } },
  })
})

it('changes nothing where nobody can be asked and nobody said yes', async () => {
  const removal = { ...created, action: 'remove', fields: [] }
  for (const args of [[], ['--json']]) {
    const { code, err, seen } = await apply({ 'POST /v1/plan': plan({ changes: [removal] }) }, args)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('apply it with --yes') })
    expect(seen.map(({ path }) => path)).toEqual(['/v1/plan'])
  }
})

it('prints one JSON document with --json', async () => {
  const { out } = await apply(
    { 'POST /v1/plan': plan({ changes: [created] }), 'POST /v1/apply': plan({ version: 8 }) },
    ['--json', '--yes'],
  )
  expect(JSON.parse(out)).toMatchObject({ version: 8, applied: true })
})

it('ends with an error when somebody else was faster', async () => {
  const { code, err } = await apply({
    'POST /v1/plan': plan({ changes: [created] }),
    'POST /v1/apply': problem(409, 'conflict'),
  })
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('changed since you read it') })
})

describe('what the broker finds fault with', () => {
  it('is shown at the line of the file that says it', async () => {
    const problems = [
      { at: 'roots.orders-db.owner', message: 'no such user' },
      { at: 'policies/staging.cedar:2', message: 'unknown team' },
      { at: 'orders.cedar:3', message: 'unknown scope' },
    ]
    const { code, err, out } = await apply(
      { 'POST /v1/plan': problem(400, 'config_invalid', { problems }) },
      ['--json'],
    )
    expect(code).toBe(1)
    expect(err).toContain('  c/broker.yaml:10:5  roots.orders-db.owner: no such user\n')
    expect(err).toContain('  c/policies/staging.cedar:2  unknown team\n')
    expect(err).toContain('  c/policies/orders.cedar:3  unknown scope\n')
    expect(JSON.parse(out).error.code).toBe('config_invalid')
  })

  it('warns likewise', async () => {
    const warnings = [{ at: 'environments.staging', message: 'no anchors' }]
    const { out } = await apply({ 'POST /v1/plan': plan({ warnings }) }, ['--plan'])
    expect(out).toContain('warning: c/broker.yaml:3:3  environments.staging: no anchors\n')
  })
})

it('sends nothing while a file is wrong, and names all faults of all files', async () => {
  const { code, err, seen } = await apply({}, [], async ({ directory }) => {
    await writeFile(join(directory, 'c', 'broker.yaml'), 'version: 1\nusers: []\n')
    await writeFile(join(directory, 'c', 'policies', 'a.cedar'), '\npermit(principal, action, nonsense);')
  })
  expect({ code, seen }).toEqual({ code: 1, seen: [] })
  expect(err).toContain('c/broker.yaml:2:1  users: must be a map')
  expect(err).toMatch(/c\/policies\/a\.cedar:2 {2}/)
})

describe('the credential of a new root', () => {
  const routes = {
    'POST /v1/plan': plan({ needs_secret: ['orders-db'], changes: [created] }),
    'POST /v1/apply': plan({ version: 8 }),
  }

  it('is read from standard input when it is needed, and what it opens is shown before it is applied', async () => {
    const root = { kind: 'root', name: 'orders-db', action: 'create', fields: [], approval: false }
    const { code, out, seen } = await apply({
      ...routes,
      'POST /v1/plan': ({ body }) =>
        'secrets' in (body as object)
          ? plan({ version: 9, changes: [created, root] })
          : plan({ needs_secret: ['orders-db'] }),
    })
    expect(code).toBe(0)
    expect(out).toContain('+ root orders-db\n')
    expect(seen.map(({ path }) => path)).toEqual(['/v1/plan', '/v1/plan', '/v1/apply'])
    expect(seen[0]?.body).not.toHaveProperty('secrets')
    expect(seen[2]?.body).toMatchObject({ secrets: { 'orders-db': secret }, expected_version: 9 })
  })

  it('is read again for a root that the broker knows when it was changed at the vendor', async () => {
    const root = (...capabilities: string[]) => ({ name: 'orders-db', capabilities })
    const known = {
      'POST /v1/plan': plan(),
      'POST /v1/apply': plan({ version: 8 }),
      'GET /v1/roots/orders-db': root('rotate'),
    }
    const { code, seen, err } = await apply(known, ['--yes', '--renew', 'orders-db'])
    expect(code).toBe(0)
    const sent = seen.find(({ path }) => path === '/v1/apply')
    expect(sent?.body).toMatchObject({ secrets: { 'orders-db': secret } })
    expect(err).toContain('former credential of orders-db: end it at its vendor now')
    const ends = { ...known, 'GET /v1/roots/orders-db': root('rotate', 'retire') }
    expect((await apply(ends, ['--yes', '--renew', 'orders-db'])).err).toBe('')
    const wrong = await apply(known, ['--yes', '--renew', 'nope'])
    expect(wrong).toMatchObject({ code: 2, seen: [], err: expect.stringContaining('do not declare') })
  })

  it('is not read for a mere plan', async () => {
    const { seen } = await apply(routes, ['--plan'])
    expect(seen.map(({ path, body }) => [path, 'secrets' in (body as object)])).toEqual([['/v1/plan', false]])
  })

  it('is read from a file, which is named until it is gone', async () => {
    const { code, err, seen } = await apply(
      routes,
      ['--yes'],
      ({ directory }) => writeFile(join(directory, 's'), '{"a":1}'),
      'file:HOME/s',
    )
    expect(code).toBe(0)
    expect(seen.at(-1)?.body).toMatchObject({ secrets: { 'orders-db': { a: 1 } } })
    expect(JSON.stringify(seen)).not.toContain('file:')
    expect(err).toMatch(/^warning: .*\/s still holds the credential\./)
  })

  it('is refused from a file inside a git work tree', async () => {
    const prepare = async ({ directory }: Sandbox) => {
      await mkdir(join(directory, 'c', '.git'))
      await writeFile(join(directory, 'c', 's'), '{"a":1}')
    }
    const { code, err, seen } = await apply(routes, [], prepare, 'file:HOME/c/s')
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('lies inside the git work tree') })
    expect(seen.map(({ path }) => path)).toEqual(['/v1/plan'])
  })

  it('I1: is not repeated when it cannot be read as a document', async () => {
    const { code, err, out } = await apply(
      routes,
      ['--json'],
      ({ directory }) => writeFile(join(directory, 's'), 'hunter2canary'),
      'file:HOME/s',
    )
    expect(code).toBe(1)
    expect(err + out).not.toContain('hunter2canary')
  })
})
