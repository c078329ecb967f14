import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import { brokerDouble, enrolledAt, problem } from '../../test/broker-double.ts'
import { type Sandbox, sandbox } from '../../test/run-cli.ts'

// Made of parts, so that this file holds none.
const PASSWORD = ['Vq7xT2', 'mL9zR4'].join('-')
const TOKEN = `ghp_${'Z9y8X7w6V5u4'.repeat(3)}`
const AWS_ID = `AKIA${'QRST2345UVWX67YZ'}`
const AWS_KEY = ['wJalr7UtnF4MI9K7MD', 'bPx9RfiCY3qLz8TmNoPq'].join('+')
const URL_WITH_PASSWORD = `postgres://shop:${PASSWORD}@db.internal:5432/orders`
const SECRETS = [PASSWORD, TOKEN, AWS_ID, AWS_KEY]

const scope = (name: string, more: object) => ({
  name,
  root: 'r',
  environment: 'staging',
  disabled: false,
  ...more,
})
const ORDERS = scope('orders-ro', { form: 'postgres' })
const HUB = scope('hub', { connector: 'github' })
const CLOUD = scope('reports', { form: 'aws' })
const API = scope('billing', { connector: 'http' })
const LIVE = scope('orders-live', { form: 'postgres', environment: 'production' })

const FORBIDDEN = ['orders-rw']

/** A broker with these scopes, a person's profile, and an agent's. */
async function world(scopes: readonly object[]) {
  const here = await sandbox()
  const double = await brokerDouble({
    'GET /v1/scopes': { items: scopes },
    'POST /v1/simulate': ({ body }) => ({
      verdict: FORBIDDEN.includes((body as { scope: string }).scope) ? 'deny' : 'permit',
      decisions: [],
    }),
  })
  await enrolledAt(double.url, here.env)
  await enrolledAt(double.url, here.env, 'agent:fixer', 'fixer')
  const path = (file: string) => join(here.directory, file)
  return {
    ...here,
    double,
    read: (file = '.mcp.json') => readFile(path(file), 'utf8'),
    put: async (text: string | object, file = '.mcp.json') => {
      await mkdir(dirname(path(file)), { recursive: true })
      await writeFile(path(file), typeof text === 'string' ? text : JSON.stringify(text, null, 2))
    },
    tools: (...args: string[]) => here.run(['init', '--tools', ...args]),
    [Symbol.asyncDispose]: async () => {
      await double[Symbol.asyncDispose]()
      await here[Symbol.asyncDispose]()
    },
  }
}

const server = (env: object, more: object = {}) => ({
  command: 'npx',
  args: ['-y', 'some-server'],
  env,
  ...more,
})
const servers = (of: object) => ({ mcpServers: of })
const exec = (...middle: string[]) => ['exec', '--profile', 'fixer', '--env', 'staging', ...middle]

/** All that this command keeps for itself. */
async function kept({ env }: Pick<Sandbox, 'env'>): Promise<string> {
  const directory = join(env['XDG_CONFIG_HOME'] ?? '', 'credbroker', 'init')
  const files = await readdir(directory).catch(() => [])
  return (await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')))).join('')
}

describe('a server with a pasted key', () => {
  it('starts in broker exec instead; the key is in no difference and no way back, and undo puts back every other byte', async () => {
    await using here = await world([ORDERS, LIVE])
    const text = (password: string) => `{
    // ours
    "mcpServers": {
        "db": { "command": "psql-server", "args": ["--quiet"], // keep
            "env": { "PGHOST": "db.internal", "PGPASSWORD": "${password}", "LEVEL": "1" } }
    },
}
`
    await here.put(text(PASSWORD))
    const shown = await here.tools('--env', 'staging')
    expect(shown.out).toContain('"PGPASSWORD": "<PGPASSWORD>"')
    expect(await here.read()).toBe(text(PASSWORD))

    const written = await here.tools('--env', 'staging', '--yes')
    expect(written).toMatchObject({ code: 0, out: expect.stringContaining('broker root rotate') })
    expect(parse(await here.read()).mcpServers.db).toEqual({
      command: 'broker',
      args: exec('--scope', 'orders-ro', '--purpose', 'the MCP server db', '--', 'psql-server', '--quiet'),
      env: { LEVEL: '1' },
    })
    expect((await here.tools('--env', 'staging', '--yes')).out).toContain('there already')
    expect(shown.out + written.out + (await kept(here))).not.toContain(PASSWORD)

    const undone = await here.run(['init', '--undo'])
    expect(undone.out).toContain('.mcp.json, db: PGPASSWORD')
    expect(await here.read()).toBe(text('<PGPASSWORD>'))
  })

  it.each([
    [
      'AWS',
      { AWS_ACCESS_KEY_ID: AWS_ID, AWS_SECRET_ACCESS_KEY: AWS_KEY, AWS_REGION: 'eu-central-1' },
      'reports',
    ],
    ['GitHub', { GITHUB_TOKEN: TOKEN, AWS_REGION: 'eu-central-1' }, 'hub'],
  ])('of %s gets the one scope that there is for it', async (_kind, env, name) => {
    await using here = await world([ORDERS, HUB, CLOUD, API])
    await here.put(servers({ one: server(env) }))
    await here.tools('--yes')
    expect(parse(await here.read()).mcpServers.one).toEqual({
      command: 'broker',
      args: exec('--scope', name, '--purpose', 'the MCP server one', '--', 'npx', '-y', 'some-server'),
      env: { AWS_REGION: 'eu-central-1' },
    })
  })

  it('whose variable nobody else knows keeps it, with what is worth nothing; a URL says nothing any more, an argument neither', async () => {
    await using here = await world([ORDERS, HUB, API])
    const url = server({ DATABASE_URL: URL_WITH_PASSWORD }, { args: ['-y', 'pg', URL_WITH_PASSWORD] })
    const pay = server({ BILLING_KEY: PASSWORD, GITHUB_PERSONAL_ACCESS_TOKEN: TOKEN }, { args: undefined })
    await here.put(servers({ url, 'a b': pay }))
    const { out } = await here.tools('--yes', '--server', 'a b=billing,hub')
    expect(out).not.toContain('It is left')
    expect(parse(await here.read()).mcpServers).toMatchObject({
      url: {
        args: exec(
          ...['--scope', 'orders-ro', '--keep-env', 'DATABASE_URL', '--purpose', 'the MCP server url'],
          ...['--', 'npx', '-y', 'pg', 'postgresql://'],
        ),
        env: { DATABASE_URL: 'postgresql://' },
      },
      'a b': {
        args: exec(
          ...['--scope', 'billing', 'hub', '--keep-env', 'BILLING_KEY', 'GITHUB_PERSONAL_ACCESS_TOKEN'],
          ...['--purpose', 'the MCP server a b', '--', 'npx'],
        ),
        env: { BILLING_KEY: 'brk_placeholder', GITHUB_PERSONAL_ACCESS_TOKEN: 'brk_placeholder' },
      },
    })
  })

  it.each([
    [
      'a remote one',
      { type: 'http', url: 'https://x.example', headers: { Authorization: `Bearer ${TOKEN}` } },
      /a key in Authorization.*connects to that server itself/,
    ],
    [
      'one in a container',
      server({ PGPASSWORD: PASSWORD }, { command: '/usr/bin/docker' }),
      /into a container/,
    ],
    [
      'one that runs so already',
      server({ PGPASSWORD: PASSWORD }, { command: 'broker' }),
      /by `broker` already/,
    ],
    [
      'a key between others',
      server({}, { args: [`--token=${TOKEN}`] }),
      /a key in its arguments, where nothing/,
    ],
    [
      'a key of unknown use',
      server({ SOME_KEY: PASSWORD }),
      /nothing says what SOME_KEY is for[\s\S]*--server one=SCOPE/,
    ],
    [
      'no scope for it',
      server({ GITHUB_TOKEN: TOKEN }),
      /fixer has no scope of the gateway for GitHub[\s\S]*broker root add/,
    ],
    [
      'several for it',
      server({ PGPASSWORD: PASSWORD }),
      /several scopes could stand in for PGPASSWORD: orders-ro, orders-live/,
    ],
    [
      'half of it served',
      server({ AWS_SECRET_ACCESS_KEY: AWS_KEY, GH_TOKEN: TOKEN }),
      /no scope of the gateway for GitHub/,
    ],
    ['an odd entry', server({ PGPASSWORD: PASSWORD }, { args: 'x' }), /no plain entry/],
  ])('stays as it is and is named where nothing is sure: %s', async (_what, entry, why) => {
    await using here = await world([ORDERS, LIVE, CLOUD, scope('orders-rw', { form: 'postgres' })])
    const text = `${JSON.stringify(servers({ one: entry, credbroker: { command: 'broker', args: ['mcp'] } }))}\n`
    await here.put(text)
    const { code, out } = await here.tools('--yes')
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(why) })
    expect(await here.read()).toBe(text)
    for (const secret of SECRETS) expect(out).not.toContain(secret)
  })

  it('stays as it is where another secret lies in its entry, and where nobody may say which scopes there are', async () => {
    await using here = await world([ORDERS])
    await here.put(
      `{"mcpServers": {"db": {"command": "x", /* was ${TOKEN} */ "env": {"PGPASSWORD": "${PASSWORD}"}}}}`,
    )
    expect((await here.tools('--yes')).out).toContain('another secret lies in its entry')
    await using other = await sandbox()
    await using double = await brokerDouble({ 'GET /v1/scopes': problem(403, 'forbidden') })
    await enrolledAt(double.url, other.env)
    await writeFile(
      join(other.directory, '.mcp.json'),
      JSON.stringify(servers({ db: server({ PGPASSWORD: PASSWORD }) })),
    )
    expect((await other.run(['init', '--tools'])).out).toContain('No agent has a profile on this machine')
    await enrolledAt(double.url, other.env, 'agent:fixer', 'fixer')
    expect((await other.run(['init', '--tools'])).out).toMatch(/It is left: [\s\S]*broker root add/)
    expect(await other.run(['init', '--tools', '--as', 'fixer'])).toMatchObject({ code: 3 })
  })

  it('is refused by its name where that, its scope or its agent is not there', async () => {
    await using here = await world([ORDERS, HUB, LIVE, scope('orders-rw', { form: 'postgres' })])
    await here.put(servers({ db: server({ PGPASSWORD: PASSWORD }) }))
    for (const bad of [
      ['--server', 'other=hub'],
      ['--server', 'db'],
      ['--server', 'db=none'],
      ['--as', 'default'],
    ])
      expect(await here.tools('--yes', ...bad), bad.join(' ')).toMatchObject({ code: 2 })
    expect(await here.tools('--yes', '--env', 'production', '--server', 'db=orders-ro')).toMatchObject({
      code: 2,
    })
    for (const [named, why] of [
      ['hub', 'hub cannot stand in for PGPASSWORD'],
      ['orders-rw', 'fixer may not use orders-rw'],
      ['orders-ro,orders-live', 'of several environments'],
    ] as const)
      expect((await here.tools('--yes', '--server', `db=${named}`)).out).toContain(why)
    expect(await here.run(['init', '--env', 'staging'])).toMatchObject({ code: 2 })
  })

  it('in a file of the home is named only', async () => {
    await using here = await world([ORDERS])
    const home = join(here.directory, 'home')
    await mkdir(home)
    here.env['HOME'] = home
    const there = {
      mcpServers: { a: server({ PGPASSWORD: PASSWORD }) },
      projects: { [here.directory]: servers({ b: server({ GH_TOKEN: TOKEN }) }) },
    }
    await writeFile(join(home, '.claude.json'), JSON.stringify(there))
    await here.put({})
    const { out } = await here.tools('--yes', '--json')
    expect(JSON.parse(out)).toMatchObject({
      rewritten: [],
      pasted_keys: [
        { file: '~/.claude.json', server: 'a', variables: ['PGPASSWORD'] },
        { file: '~/.claude.json', server: 'b', variables: ['GH_TOKEN'] },
      ],
    })
    expect(await readFile(join(home, '.claude.json'), 'utf8')).toBe(JSON.stringify(there))
  })
})

it('what was written one after the other is taken back at once', async () => {
  await using here = await world([ORDERS, HUB])
  const text = (password: string, token: string) =>
    JSON.stringify({
      mcpServers: { db: server({ PGPASSWORD: password }), hub: server({ GH_TOKEN: token }) },
      z: 1,
    })
  await here.put(text(PASSWORD, TOKEN))
  await here.tools('--yes', '--env', 'nowhere')
  await here.put('{}', '.cursor/mcp.json')
  expect(parse(await here.read()).mcpServers).toMatchObject({ credbroker: {}, db: { command: 'npx' } })
  const first = await here.tools('--yes')
  expect(parse(await here.read()).mcpServers).toMatchObject({
    db: { command: 'broker' },
    hub: { command: 'broker' },
  })
  for (const secret of SECRETS) expect(first.out + (await kept(here))).not.toContain(secret)
  expect((await here.run(['init', '--undo'])).code).toBe(0)
  expect(await here.read()).toBe(text('<PGPASSWORD>', '<GH_TOKEN>'))
  expect(await here.read('.cursor/mcp.json')).toBe('{}')
})
