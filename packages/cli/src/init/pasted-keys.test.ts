import { parse } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import {
  API,
  AWS_ID,
  AWS_KEY,
  CLOUD,
  exec,
  HUB,
  kept,
  LIVE,
  ORDERS,
  PASSWORD,
  SECRETS,
  server,
  servers,
  TOKEN,
  toolsWorld,
  URL_WITH_PASSWORD,
} from '../../test/tools-world.ts'

describe('a server with a pasted key', () => {
  it('starts in broker exec instead; the key is in no difference and no way back, and undo puts back every other byte', async () => {
    await using here = await toolsWorld([ORDERS, LIVE])
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

    const written = await here.asShown('--env', 'staging')
    expect(written).toMatchObject({ code: 0, out: expect.stringContaining('broker root rotate') })
    expect(parse(await here.read()).mcpServers.db).toEqual({
      command: 'broker',
      args: exec(
        '--scope',
        'orders-ro',
        '--ttl',
        '2h',
        '--purpose',
        'the MCP server db',
        '--',
        'psql-server',
        '--quiet',
      ),
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
    await using here = await toolsWorld([ORDERS, HUB, CLOUD, API])
    await here.put(servers({ one: server(env) }))
    await here.asShown()
    expect(parse(await here.read()).mcpServers.one).toEqual({
      command: 'broker',
      args: exec(
        '--scope',
        name,
        '--ttl',
        '2h',
        '--purpose',
        'the MCP server one',
        '--',
        'npx',
        '-y',
        'some-server',
      ),
      env: { AWS_REGION: 'eu-central-1' },
    })
  })

  it('whose variable nobody else knows keeps it, with what is worth nothing; a URL says nothing any more, an argument neither', async () => {
    await using here = await toolsWorld([ORDERS, HUB, API])
    const url = server({ DATABASE_URL: URL_WITH_PASSWORD }, { args: ['-y', 'pg', URL_WITH_PASSWORD] })
    const pay = server({ BILLING_KEY: PASSWORD, GITHUB_PERSONAL_ACCESS_TOKEN: TOKEN }, { args: undefined })
    await here.put(servers({ url, 'a b': pay }))
    const { out } = await here.tools('--yes', '--server', 'a b=billing,hub', 'url=orders-ro')
    expect(out).not.toContain('It is left')
    expect(parse(await here.read()).mcpServers).toMatchObject({
      url: {
        args: exec(
          ...[
            '--scope',
            'orders-ro',
            '--ttl',
            '2h',
            '--keep-env',
            'DATABASE_URL',
            '--purpose',
            'the MCP server url',
          ],
          ...['--', 'npx', '-y', 'pg', 'postgresql://'],
        ),
        env: { DATABASE_URL: 'postgresql://' },
      },
      'a b': {
        args: exec(
          ...[
            '--scope',
            'billing',
            'hub',
            '--ttl',
            '2h',
            '--keep-env',
            'BILLING_KEY',
            'GITHUB_PERSONAL_ACCESS_TOKEN',
          ],
          ...['--purpose', 'the MCP server a b', '--', 'npx'],
        ),
        env: { BILLING_KEY: 'brk_placeholder', GITHUB_PERSONAL_ACCESS_TOKEN: 'brk_placeholder' },
      },
    })
  })
})

it('what was written one after the other is taken back at once', async () => {
  await using here = await toolsWorld([ORDERS, HUB])
  const text = (password: string, token: string) =>
    JSON.stringify({
      mcpServers: { db: server({ PGPASSWORD: password }), hub: server({ GH_TOKEN: token }) },
      z: 1,
    })
  await here.put(text(PASSWORD, TOKEN))
  expect((await here.tools('--yes')).out).toMatch(/only servers that are named[\s\S]*--server db=orders-ro/)
  await here.put('{}', '.cursor/mcp.json')
  expect(parse(await here.read()).mcpServers).toMatchObject({ credbroker: {}, db: { command: 'npx' } })
  const first = await here.asShown()
  expect(parse(await here.read()).mcpServers).toMatchObject({
    db: { command: 'broker' },
    hub: { command: 'broker' },
  })
  for (const secret of SECRETS) expect(first.out + (await kept(here))).not.toContain(secret)
  expect((await here.run(['init', '--undo'])).code).toBe(0)
  expect(await here.read()).toBe(text('<PGPASSWORD>', '<GH_TOKEN>'))
  expect(await here.read('.cursor/mcp.json')).toBe('{}')
})
