import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Cli, EXIT } from '../cli.ts'
import { answer } from '../render/answer.ts'
import { createDetector } from '../scan/detect.ts'
import { LocalError } from '../usage-error.ts'
import { agentProfile } from './agent-profile.ts'
import { TITLES, wantedFor } from './agent-tools.ts'
import { chooseRuns, type Wishes } from './choose-runs.ts'
import { serversOfHome } from './home-servers.ts'
import { NOT_ON_PATH, onPath } from './on-path.ts'
import type { ServerEntry } from './pasted-keys.ts'
import { lookAt, type Planned, planFile } from './plan-file.ts'
import type { Obstacle } from './rewrite-server.ts'
import { type LeftServer, saidOfTools } from './say-tools.ts'
import type { AgentTool } from './server-lists.ts'
import { toolsAt } from './tools-here.ts'
import { recordWayBack } from './way-back.ts'

/** Sets up the agent tools of this directory, after showing what would change. */
export async function initTools(cli: Cli, wishes: Wishes): Promise<number> {
  const tools = await toolsAt(cli.cwd)
  if (tools.length === 0)
    throw new LocalError(`None of these is at home here: ${Object.values(TITLES).join(', ')}.`, {
      advice: 'Make a directory .claude, .cursor or .gemini first, or a file .vscode/mcp.json.',
    })
  const detect = createDetector()
  const looked = await Promise.all(
    [...byFile(tools, await profileOf(cli, wishes))].map(([file, wanted]) =>
      lookAt(cli.cwd, file, wanted, detect),
    ),
  )
  const chosen = await chooseRuns(
    cli,
    looked.flatMap(({ servers }) => servers),
    wishes,
  )
  const planned = await Promise.all(looked.map((one) => planFile(one, chosen, detect)))
  const changes = planned.filter(({ before, edited }) => edited.text !== (before ?? ''))
  const left = [
    ...looked.flatMap(({ file, servers }) =>
      servers.flatMap((entry) => {
        const why = chosen.get(entry)
        return why && 'why' in why ? [leftServer(file, entry, why)] : []
      }),
    ),
    ...(await serversOfHome(cli)).map(({ file, entry }) => leftServer(file, entry, AT_HOME)),
  ]
  const sure = changes.length > 0 && (wishes.yes || (cli.interactive && (await agreed(cli, changes))))
  if (sure) {
    await recordWayBack(cli, changes)
    for (const { file, edited } of changes) {
      await mkdir(dirname(join(cli.cwd, file)), { recursive: true })
      await writeFile(join(cli.cwd, file), edited.text)
    }
  }
  answer(cli, shown(tools, changes, sure, left), () => saidOfTools(changes, sure, left, wishes))
  if (!(await onPath(cli))) cli.err(NOT_ON_PATH)
  return EXIT.ok
}

const AT_HOME: Obstacle = {
  why: 'that file is of your home, and its tool writes it as well',
  todo: 'Move the server to the list of this directory, then run this again.',
}

const leftServer = (file: string, { name, keys }: ServerEntry, { why, todo }: Obstacle): LeftServer => ({
  file,
  server: name,
  variables: [...new Set(keys.map((key) => key.name))],
  why,
  todo,
})

const shown = (
  tools: readonly AgentTool[],
  changes: readonly Planned[],
  written: boolean,
  left: readonly LeftServer[],
) => ({
  tools,
  files: changes.map(({ file }) => file),
  written,
  rewritten: changes.flatMap(({ file, runs }) =>
    runs.map(({ entry, run: { environment, scopes } }) => ({
      file,
      server: entry.name,
      environment,
      scopes,
    })),
  ),
  pasted_keys: left,
})

/** Nobody has to be enrolled yet. */
const profileOf = (cli: Cli, { as }: Wishes): Promise<string | undefined> =>
  agentProfile(cli, as).then(
    ({ profile }) => profile,
    (error: unknown) => {
      if (as !== undefined) throw error
      return undefined
    },
  )

function byFile(tools: readonly AgentTool[], profile: string | undefined) {
  return Map.groupBy(
    tools.flatMap((tool) => wantedFor(tool, profile)),
    ({ file }) => file,
  )
}

async function agreed(cli: Cli, changes: readonly Planned[]): Promise<boolean> {
  cli.err(changes.map(({ difference }) => difference).join('\n'))
  const { confirm } = await import('@clack/prompts')
  return (await confirm({ message: 'Write this?', initialValue: false })) === true
}
