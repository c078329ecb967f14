import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sandbox } from '../../test/run-cli.ts'
import { wantedFor } from './agent-tools.ts'
import { moved, reversed, unedited, withWanted } from './edit-json.ts'
import { masked, maskOf } from './masked.ts'
import { serversIn } from './pasted-keys.ts'
import { lookAt, planFile } from './plan-file.ts'
import { AGENT_TOOLS, type AgentTool, LISTS } from './server-lists.ts'

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
  const servers = fc.dictionary(fc.string(), entry, { maxKeys: 3 })
  const file = fc
    .tuple(
      fc.constantFrom(...AGENT_TOOLS),
      fc.record({
        other: fc.jsonValue({ maxDepth: 2 }),
        inputs: fc.array(fc.jsonValue()),
        elsewhere: servers,
      }),
      servers,
      fc.constantFrom(0, 1, 2, 4, '\t'),
      fc.boolean(),
    )
    .map(([tool, value, own, by, crlf]) => {
      const list = String(LISTS[tool].at[0])
      const text = JSON.stringify({ ...value, [list]: own }, null, by)
      return { tool, list, text: crlf ? text.replaceAll('\n', '\r\n') : text }
    })
  const run = { environment: 'staging', scopes: ['a', 'b'], ttl: '8h', profile: undefined }
  const keysIn = (text: string, list: string) => serversIn(text, [], [[list]]).flatMap(({ keys }) => keys)
  const wanted = (tool: AgentTool) => wantedFor(tool).slice(-1)

  it('keys go out of it and nowhere else, and every other byte comes back', async () => {
    await using here = await sandbox()
    await fc.assert(
      fc.asyncProperty(file, async ({ tool, list, text }) => {
        const path = join(here.directory, LISTS[tool].file)
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, text)
        const looked = await lookAt(here.directory, LISTS[tool].file, wanted(tool), async () => [])
        const chosen = new Map(looked.servers.map((one) => [one, run]))
        const { edited, difference, masks } = await planFile(looked, chosen, async () => [])
        const { [list]: before, ...rest } = JSON.parse(text)
        const { [list]: after, ...still } = JSON.parse(edited.text)
        expect(still).toEqual(rest)
        const notOurs = JSON.stringify(rest)
        const values = keysIn(text, list).map(({ value }) => /u:(.+)@/.exec(value)?.[1] ?? value)
        for (const value of values.filter((one) => !notOurs.includes(one)))
          expect(edited.text + difference + JSON.stringify(edited.reversals)).not.toContain(value)
        expect(reversed(edited.text, edited.reversals)).toBe(masked(text, masks))
        for (const [server, { command, args = [] }] of Object.entries<{ command: string; args?: string[] }>(
          before,
        )) {
          const now = after[server]
          const had = [command, ...args.map((one) => one.replace(/^postgres:.*/, 'postgresql://'))]
          if (now.command === 'broker') expect(now.args.slice(-had.length)).toEqual(had)
        }
      }),
    )
  })

  it('an earlier way back leads over keys that went since', () => {
    fc.assert(
      fc.property(file, ({ tool, list, text }) => {
        const first = withWanted(unedited(text), wanted(tool))
        if (!first) return
        const masks = keysIn(first.text, list)
          .map(maskOf)
          .toSorted((one, other) => other.from - one.from)
        const way = masks.reduce(
          (now, { from, to, content }) => moved(now, from, content.length - (to - from)),
          [...first.reversals],
        )
        expect(reversed(masked(first.text, masks), way)).toBe(masked(text, keysIn(text, list).map(maskOf)))
      }),
    )
  })
})
