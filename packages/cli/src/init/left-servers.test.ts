import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokerDouble, enrolledAt, problem } from '../../test/broker-double.ts'
import { sandbox } from '../../test/run-cli.ts'
import {
  AWS_KEY,
  CLOUD,
  HUB,
  LIVE,
  ORDERS,
  PASSWORD,
  SECRETS,
  scope,
  server,
  servers,
  TOKEN,
  toolsWorld,
} from '../../test/tools-world.ts'

describe('a server with a pasted key', () => {
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
    await using here = await toolsWorld([ORDERS, LIVE, CLOUD, scope('orders-rw', { form: 'postgres' })])
    const text = `${JSON.stringify(servers({ one: entry, credbroker: { command: 'broker', args: ['mcp'] } }))}\n`
    await here.put(text)
    const { code, out } = await here.tools('--yes')
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(why) })
    expect(await here.read()).toBe(text)
    for (const secret of SECRETS) expect(out).not.toContain(secret)
  })

  it('stays as it is where another secret lies in its entry, and where nobody may say which scopes there are', async () => {
    await using here = await toolsWorld([ORDERS])
    await here.put(
      `{"mcpServers": {"db": {"command": "x", /* was ${TOKEN} */ "env": {"PGPASSWORD": "${PASSWORD}"}}}}`,
    )
    expect((await here.tools('--yes')).out).toContain('another secret lies in its entry')
    await using other = await sandbox()
    await using double = await brokerDouble({ 'GET /v1/agents/fixer': problem(403, 'forbidden') })
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
    await using here = await toolsWorld([ORDERS, HUB, LIVE, scope('orders-rw', { form: 'postgres' })])
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
    await using here = await toolsWorld([ORDERS])
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
