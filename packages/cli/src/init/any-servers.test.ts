import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sandbox } from '../../test/run-cli.ts'
import { wantedFor } from './agent-tools.ts'
import { moved, reversed, unedited, withWanted } from './edit-json.ts'
import { masked, maskOf } from './masked.ts'
import { serversIn } from './pasted-keys.ts'
import { lookAt, planFile } from './plan-file.ts'

describe('whatever a list of servers looks like', () => {
  const secret = fc.stringMatching(/^[a-z]{8}[A-Z]{8}[0-9]{8}$/)
  const name = fc.constantFrom('PGPASSWORD', 'MY_TOKEN', 'GH_TOKEN', 'AWS_SECRET_ACCESS_KEY')
  const entry = fc.record(
    {
      command: fc.constantFrom('npx', './serve'),
      args: fc.array(
        fc.oneof(
          fc.string(),
          secret.map((value) => `postgres://u:${value}@h/d`),
        ),
      ),
      env: fc.dictionary(fc.oneof(name, fc.constantFrom('LEVEL', 'PGHOST')), secret),
      cwd: fc.string(),
    },
    { requiredKeys: ['command', 'env'] },
  )
  const file = fc
    .tuple(
      fc.record({
        other: fc.jsonValue({ maxDepth: 2 }),
        mcpServers: fc.dictionary(fc.string(), entry, { maxKeys: 3 }),
      }),
      fc.constantFrom(0, 1, 2, 4, '\t'),
      fc.boolean(),
    )
    .map(([value, by, crlf]) => {
      const text = JSON.stringify(value, null, by)
      return crlf ? text.replaceAll('\n', '\r\n') : text
    })
  const run = { environment: 'staging', scopes: ['a', 'b'], ttl: '8h', profile: undefined }
  const keysIn = (text: string) => serversIn(text, []).flatMap(({ keys }) => keys)

  it('keys go out of it and nowhere else, and every other byte comes back', async () => {
    await using here = await sandbox()
    const path = join(here.directory, '.mcp.json')
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        await writeFile(path, text)
        const looked = await lookAt(
          here.directory,
          '.mcp.json',
          wantedFor('claude-code').slice(-1),
          async () => [],
        )
        const chosen = new Map(looked.servers.map((one) => [one, run]))
        const { edited, difference, masks } = await planFile(looked, chosen, async () => [])
        const values = keysIn(text).map(({ value }) => /u:(.+)@/.exec(value)?.[1] ?? value)
        for (const value of values)
          expect(edited.text + difference + JSON.stringify(edited.reversals)).not.toContain(value)
        expect(reversed(edited.text, edited.reversals)).toBe(masked(text, masks))
        for (const [server, { command, args = [] }] of Object.entries<{ command: string; args?: string[] }>(
          JSON.parse(text).mcpServers,
        )) {
          const now = JSON.parse(edited.text).mcpServers[server]
          const had = [command, ...args.map((one) => one.replace(/^postgres:.*/, 'postgresql://'))]
          if (now.command === 'broker') expect(now.args.slice(-had.length)).toEqual(had)
        }
      }),
    )
  })

  it('an earlier way back leads over keys that went since', () => {
    fc.assert(
      fc.property(file, (text) => {
        const first = withWanted(unedited(text), wantedFor('claude-code').slice(-1))
        if (!first) return
        const masks = keysIn(first.text)
          .map(maskOf)
          .toSorted((one, other) => other.from - one.from)
        const way = masks.reduce(
          (now, { from, to, content }) => moved(now, from, content.length - (to - from)),
          [...first.reversals],
        )
        expect(reversed(masked(first.text, masks), way)).toBe(masked(text, keysIn(text).map(maskOf)))
      }),
    )
  })
})
