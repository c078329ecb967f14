import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { readPrivateFile, writePrivateFile } from '../local/private-file.ts'
import { profileDirectory } from '../profile.ts'
import { answer } from '../render/answer.ts'
import { LocalError } from '../usage-error.ts'
import { type AgentTool, WANTED } from './agent-tools.ts'
import { reversed, withWanted } from './edit-json.ts'
import { pastedKeys } from './pasted-keys.ts'

const HOMES: Readonly<Record<AgentTool, readonly string[]>> = {
  'claude-code': ['.claude', '.mcp.json', 'CLAUDE.md'],
  cursor: ['.cursor', '.cursorrules'],
}

/** What we changed, kept apart from the workspace. Only what stood where we wrote is in it. */
const record = z.array(
  z.strictObject({
    file: z.string(),
    made: z.boolean(),
    digest: z.string(),
    reversals: z.array(z.strictObject({ offset: z.int(), length: z.int(), content: z.string() })),
  }),
)
type Changes = z.infer<typeof record>

interface Options {
  readonly yes?: boolean
  readonly undo?: boolean
}

export async function initTools(cli: Cli, { yes = false, undo = false }: Options): Promise<number> {
  return undo ? await takeBack(cli) : await putIn(cli, yes)
}

async function putIn(cli: Cli, yes: boolean): Promise<number> {
  const tools = await toolsAt(cli.cwd)
  const planned = await Promise.all([...byFile(tools)].map(([file, wanted]) => plan(cli, file, wanted)))
  const changes = planned.filter(({ before, text }) => text !== (before ?? ''))
  const keys = (
    await Promise.all(['.mcp.json', '.cursor/mcp.json'].map((file) => pastedKeys(cli.cwd, file)))
  ).flat()
  const sure = yes || (cli.interactive && changes.length > 0 && (await agreed(cli, changes)))
  if (sure && changes.length > 0) {
    const former = await recorded(cli)
    // The way back is durable before anything is changed.
    await writePrivateFile(recordPath(cli), JSON.stringify([...changes.map(changeOf), ...former]))
    for (const { file, text } of changes) {
      await mkdir(dirname(join(cli.cwd, file)), { recursive: true })
      await writeFile(join(cli.cwd, file), text)
    }
  }
  const files = changes.map(({ file }) => file)
  answer(cli, { tools, files, written: sure, pasted_keys: keys }, () => said(changes, sure, keys))
  return EXIT.ok
}

interface Planned {
  readonly file: string
  /** Undefined where there is no file. */
  readonly before: string | undefined
  readonly text: string
  readonly reversals: Changes[number]['reversals']
}

async function plan({ cwd }: Cli, file: string, wanted: Parameters<typeof withWanted>[1]): Promise<Planned> {
  const before = await readFile(join(cwd, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new LocalError(`${file} cannot be read.`)
  })
  const edited = withWanted(before ?? '', wanted)
  if (!edited)
    throw new LocalError(`Nothing was written: ${file} is not what its tool reads.`, {
      advice: 'Mend it first.',
    })
  const text = before === undefined ? `${edited.text}\n` : edited.text
  return { file, before, text, reversals: [...edited.reversals] }
}

const changeOf = ({ file, before, text, reversals }: Planned): Changes[number] => ({
  file,
  made: before === undefined,
  digest: digest(text),
  reversals,
})

async function takeBack(cli: Cli): Promise<number> {
  const left: Changes = []
  const files: string[] = []
  for (const change of await recorded(cli)) {
    const text = await readFile(join(cli.cwd, change.file), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    if (digest(text) !== change.digest) {
      left.push(change)
      continue
    }
    if (change.made) await rm(join(cli.cwd, change.file))
    else await writeFile(join(cli.cwd, change.file), reversed(text, change.reversals))
    files.push(change.file)
  }
  await rm(recordPath(cli), { force: true })
  if (left.length > 0) await writePrivateFile(recordPath(cli), JSON.stringify(left))
  const edited = left.map(({ file }) => file)
  answer(cli, { files, edited_since: edited }, () =>
    [
      ...files.map((file) => `as it was: ${file}`),
      ...edited.map((file) => `edited since, left alone: ${file}; take out what says \`broker\` by hand`),
      ...(files.length + edited.length === 0 ? ['There is nothing to undo here.'] : []),
      '',
    ].join('\n'),
  )
  return left.length > 0 ? EXIT.failed : EXIT.ok
}

async function toolsAt(cwd: string): Promise<AgentTool[]> {
  const found: AgentTool[] = []
  for (const tool of ['claude-code', 'cursor'] as const)
    for (const home of HOMES[tool])
      if (!found.includes(tool) && (await exists(join(cwd, home)))) found.push(tool)
  if (found.length > 0) return found
  throw new LocalError('Neither Claude Code nor Cursor is at home here.', {
    advice: 'Make a directory .claude or .cursor first.',
  })
}

function byFile(tools: readonly AgentTool[]) {
  return Map.groupBy(
    tools.flatMap((tool) => WANTED[tool]),
    ({ file }) => file,
  )
}

async function agreed(cli: Cli, changes: readonly Planned[]): Promise<boolean> {
  cli.err(changes.map(difference).join('\n'))
  const { confirm } = await import('@clack/prompts')
  return (await confirm({ message: 'Write this?', initialValue: false })) === true
}

/** The lines that come in. What goes out is white space only. */
function difference({ file, before, text }: Planned): string {
  const had = new Set((before ?? '').split('\n'))
  const lines = text.split('\n').filter((line) => line !== '' && !had.has(line))
  return `${before === undefined ? 'new file' : 'changed'}: ${file}\n${lines.map((line) => `+ ${line}`).join('\n')}\n`
}

function said(
  changes: readonly Planned[],
  written: boolean,
  keys: Awaited<ReturnType<typeof pastedKeys>>,
): string {
  const what =
    changes.length === 0
      ? 'All of it is there already.\n'
      : written
        ? changes.map(({ file }) => `wrote ${file}\n`).join('')
        : `${changes.map(difference).join('\n')}\nNothing was written. To write it: broker init --tools --yes\n`
  const moved = keys.map(
    ({ file, server, variable }) =>
      `${file}: the server ${server} has a key in ${variable}. Keep it in the broker, from a terminal of yours, and delete it there:\n` +
      '  broker root add NAME --provider KIND --owner USER < FILE\n' +
      `then start the server as: broker exec --env ENV --scope SCOPE --purpose '${server}' -- COMMAND\n`,
  )
  return `${what}${moved.join('')}To take it back: broker init --undo\n`
}

async function recorded(cli: Cli): Promise<Changes> {
  const text = await readPrivateFile(recordPath(cli))
  return text === undefined ? [] : record.parse(JSON.parse(text))
}

const recordPath = ({ env, cwd }: Pick<Cli, 'env' | 'cwd'>): string =>
  join(dirname(profileDirectory(env)), 'init', `${digest(cwd).slice(0, 32)}.json`)

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
