import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { parse } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import { enrolledAt } from '../../test/broker-double.ts'
import { sandbox } from '../../test/run-cli.ts'
import { wantedFor } from './agent-tools.ts'
import { reversed, unedited, withWanted } from './edit-json.ts'

const COMMENTED = `{
    // ours, and dear to us
    "permissions": { "allow": ["Bash(npm test)"] },
    "hooks": {
        "PreToolUse": [ { "matcher": "Bash", "hooks": [ { "type": "command", "command": "./check.sh" } ] } ], // keep
    },
}
`

const put = async (directory: string, file: string, text: string) => {
  await mkdir(dirname(join(directory, file)), { recursive: true })
  await writeFile(join(directory, file), text)
}

describe('broker init --tools', () => {
  it('shows what it would write and writes nothing unasked; keeps what is there; is done once; and is taken back whole', async () => {
    await using here = await sandbox()
    const read = (file: string) => readFile(join(here.directory, file), 'utf8')
    await put(here.directory, '.claude/settings.json', COMMENTED)
    await mkdir(join(here.directory, '.cursor'))
    const shown = await here.run(['init', '--tools'])
    expect(shown.out).toContain('broker hook pre-tool || exit 2')
    expect(await read('.claude/settings.json')).toBe(COMMENTED)

    expect((await here.run(['init', '--tools', '--yes'])).code).toBe(0)
    const text = await read('.claude/settings.json')
    expect(text).toContain('// ours, and dear to us')
    expect(parse(text).hooks.PreToolUse).toHaveLength(2)
    expect(parse(await read('.mcp.json'))).toEqual({
      mcpServers: { credbroker: { command: 'broker', args: ['mcp'] } },
    })
    expect(Object.keys(parse(await read('.cursor/hooks.json')).hooks)).toContain('beforeShellExecution')

    expect((await here.run(['init', '--tools', '--yes'])).out).toContain('there already')
    expect(await read('.claude/settings.json')).toBe(text)
    expect((await here.run(['init', '--undo'])).code).toBe(0)
    expect(await read('.claude/settings.json')).toBe(COMMENTED)
    await expect(read('.mcp.json')).rejects.toThrow()
  })

  it('says where no tool would find the command, which blocks everything', async () => {
    await using here = await sandbox()
    await put(here.directory, 'CLAUDE.md', '')
    const bin = join(here.directory, 'bin')
    here.env['PATH'] = `/nowhere::${bin}`
    const init = () => here.run(['init', '--tools'])
    expect((await init()).err).toContain('No `broker` is on the PATH')
    await put(bin, 'broker', '')
    expect((await init()).err).toContain('No `broker` is on the PATH')
    await chmod(join(bin, 'broker'), 0o755)
    expect((await init()).err).not.toContain('PATH')
  })

  it('has the server serve the only agent here, where a command would be a person by itself', async () => {
    await using here = await sandbox()
    const args = async () => {
      await here.run(['init', '--tools', '--yes'])
      return parse(await readFile(join(here.directory, '.mcp.json'), 'utf8')).mcpServers.credbroker.args
    }
    await put(here.directory, 'CLAUDE.md', '')
    expect((await here.run(['init'])).out).toContain('To set up Claude Code here: broker init --tools')
    await enrolledAt('http://127.0.0.1:1', here.env, 'agent:fixer')
    expect(await args()).toEqual(['mcp'])
    await here.run(['init', '--undo'])
    await enrolledAt('http://127.0.0.1:1', here.env)
    await enrolledAt('http://127.0.0.1:1', here.env, 'agent:fixer', 'fixer')
    expect(await args()).toEqual(['mcp', '--profile', 'fixer'])
  })

  it('leaves alone what somebody edited since, and what is no such file', async () => {
    await using here = await sandbox()
    await put(here.directory, '.claude/settings.json', '{}')
    await here.run(['init', '--tools', '--yes'])
    await put(here.directory, '.claude/settings.json', '{"mine":1}')
    expect(await here.run(['init', '--undo'])).toMatchObject({ code: 1 })
    expect(await readFile(join(here.directory, '.claude/settings.json'), 'utf8')).toBe('{"mine":1}')
    await put(here.directory, '.claude/settings.json', '[1')
    expect(await here.run(['init', '--tools', '--yes'])).toMatchObject({ code: 1 })
  })

  it('names servers with pasted keys and the next command, never the key', async () => {
    await using here = await sandbox()
    const env = { GITHUB_TOKEN: 'canary-4711', OTHER_TOKEN: ['$', '{OTHER_TOKEN}'].join(''), DEBUG: '1' }
    await put(here.directory, '.mcp.json', JSON.stringify({ mcpServers: { hub: { command: 'hub', env } } }))
    const { out } = await here.run(['init', '--tools', '--yes'])
    expect(out).toContain('the server hub has a key in GITHUB_TOKEN')
    expect(out).toContain('broker root add')
    expect(out).not.toMatch(/canary|OTHER_TOKEN|DEBUG/)
  })
})

it('what is put into a file comes out again, to the byte', () => {
  const indent = fc.constantFrom(0, 1, 2, 4, '\t')
  const document = fc.record(
    {
      hooks: fc.dictionary(
        fc.constantFrom('PreToolUse', 'SessionStart', 'Stop'),
        fc.array(fc.jsonValue({ maxDepth: 2 })),
      ),
      mcpServers: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
      other: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const text = fc
    .tuple(document, indent, fc.boolean(), fc.constantFrom('', '\n', ' // end\n'))
    .map(([value, by, crlf, tail]) => {
      const made = JSON.stringify(value, null, by) + tail
      return crlf ? made.replaceAll('\n', '\r\n') : made
    })
  fc.assert(
    fc.property(text, fc.constantFrom('claude-code' as const, 'cursor' as const), (before, tool) => {
      const edited = withWanted(unedited(before), wantedFor(tool))
      expect(edited).toBeDefined()
      if (!edited) return
      expect(reversed(edited.text, edited.reversals)).toBe(before)
      expect(withWanted(unedited(edited.text), wantedFor(tool))?.text).toBe(edited.text)
    }),
  )
})
