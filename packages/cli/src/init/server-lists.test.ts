import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import { sandbox } from '../../test/run-cli.ts'
import { HUB, ORDERS, PASSWORD, server, TOKEN, toolsWorld } from '../../test/tools-world.ts'

describe('lists of MCP servers of other tools', () => {
  it.each([
    ['VS Code', '.vscode/mcp.json', 'servers', { type: 'stdio' }],
    ['Gemini CLI', '.gemini/settings.json', 'mcpServers', {}],
    ['Zed', '.zed/settings.json', 'context_servers', { source: 'custom' }],
  ])(
    'of %s: its keys go, the rest stays, and every other byte comes back',
    async (_tool, file, list, kind) => {
      await using here = await toolsWorld([ORDERS])
      const text = (password: string) => `{
  // what it asks for when it starts
  "inputs": [{ "type": "promptString", "id": "other-key", "password": true }],
  "${list}": {
    "db": { ${Object.entries(kind).map(([name, value]) => `"${name}": "${value}", `)}"command": "psql-server", "env": { "PGPASSWORD": "${password}" } },
    "asks": { "command": "x", "env": { "API_KEY": "\${input:other-key}", "OTHER_TOKEN": "$OTHER_TOKEN" } },
  },
}
`
      await here.put(text(PASSWORD), file)
      const shown = await here.tools()
      expect(shown.out).toContain('"PGPASSWORD": "<PGPASSWORD>"')
      const written = await here.asShown()
      expect(written.code).toBe(0)
      const now = parse(await here.read(file))
      expect(now[list]).toMatchObject({
        db: { ...kind, command: 'broker', args: expect.arrayContaining(['orders-ro', 'psql-server']) },
        asks: { command: 'x' },
        credbroker: { ...kind, command: 'broker', args: ['mcp', '--profile', 'fixer'] },
      })
      expect(now.inputs).toHaveLength(1)
      expect(shown.out + written.out + (await here.read(file))).not.toContain(PASSWORD)
      expect((await here.run(['init', '--undo'])).code).toBe(0)
      expect(await here.read(file)).toBe(text('<PGPASSWORD>'))
    },
  )

  it('of VS Code under the key of another tool are none: they stay, byte for byte', async () => {
    await using here = await toolsWorld([ORDERS])
    const foreign = `"mcpServers":{\n    "db":{"command" : "x","env":{"PGPASSWORD":"${PASSWORD}"}}\n`
    await here.put(`{\n  ${foreign}  }\n}\n`, '.vscode/mcp.json')
    const { code } = await here.tools('--yes')
    expect(code).toBe(0)
    const text = await here.read('.vscode/mcp.json')
    expect(text).toContain(foreign)
    expect(parse(text).servers).toEqual({
      credbroker: { type: 'stdio', command: 'broker', args: ['mcp', '--profile', 'fixer'] },
    })
  })

  it.each([
    ['httpUrl', '.gemini/settings.json', 'mcpServers'],
    ['serverUrl', '.mcp.json', 'mcpServers'],
  ])('a server at a %s is one that the tool connects to', async (url, file, list) => {
    await using here = await toolsWorld([HUB])
    const entry = { [url]: 'https://x.example/mcp', headers: { Authorization: `Bearer ${TOKEN}` } }
    await here.put({ [list]: { one: entry, credbroker: server({}) } }, file)
    expect((await here.tools('--yes')).out).toMatch(/a key in Authorization.*connects to that server itself/)
    expect(parse(await here.read(file))[list].one).toEqual(entry)
  })

  it('settings of Zed without servers are no agent tool, and are not touched', async () => {
    await using here = await sandbox()
    const file = join(here.directory, '.zed/settings.json')
    await mkdir(dirname(file))
    await writeFile(file, '{"tab_size": 2}')
    expect(await here.run(['init', '--tools', '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        'None of these is at home here: Claude Code, Cursor, VS Code, Gemini CLI, Zed.',
      ),
    })
  })

  it('in a home are named: of Windsurf, VS Code, Gemini CLI and Zed', async () => {
    await using here = await toolsWorld([ORDERS])
    const home = join(here.directory, 'home')
    here.env['HOME'] = home
    const one = { a: server({ PGPASSWORD: PASSWORD }) }
    for (const [file, list] of [
      ['.codeium/windsurf/mcp_config.json', 'mcpServers'],
      ['.config/Code/User/mcp.json', 'servers'],
      ['.gemini/settings.json', 'mcpServers'],
      ['.config/zed/settings.json', 'context_servers'],
    ] as const)
      await here.put({ [list]: one }, `home/${file}`)
    await here.put({})
    const { pasted_keys: left } = JSON.parse((await here.tools('--yes', '--json')).out)
    expect(left.map(({ file }: { file: string }) => file)).toEqual([
      '~/.config/Code/User/mcp.json',
      '~/.gemini/settings.json',
      '~/.config/zed/settings.json',
      '~/.codeium/windsurf/mcp_config.json',
    ])
  })
})
