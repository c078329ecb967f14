import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import schema from '../../schema/broker.schema.json' with { type: 'json' }
import { type Cli, EXIT } from '../cli.ts'
import { TITLES } from '../init/agent-tools.ts'
import type { Wishes } from '../init/choose-runs.ts'
import { agentName, starterFiles } from '../init/starter.ts'
import { survey } from '../init/survey.ts'
import { toolsAt } from '../init/tools-here.ts'
import { answer } from '../render/answer.ts'
import { LocalError, UsageError } from '../usage-error.ts'

interface Options extends Wishes {
  readonly tools?: boolean
  readonly undo?: boolean
}

/** Writes all of the files or, where one is there already, none of them. */
export async function run(cli: Cli, options: Options, directory = 'credbroker'): Promise<number> {
  const { tools, undo, ...wishes } = options
  if (undo) return await (await import('../init/way-back.ts')).takeBack(cli)
  if (tools) return await (await import('../init/init-tools.ts')).initTools(cli, wishes)
  if (wishes.env ?? wishes.server ?? wishes.as)
    throw new UsageError('--env, --server and --as belong to --tools.')
  const folder = resolve(cli.cwd, directory)
  const found = await survey(cli, folder)
  const files = [
    ...starterFiles(found),
    { path: 'broker.schema.json', text: `${JSON.stringify(schema, null, 2)}\n` },
  ]
  const taken = await Promise.all(files.map(({ path }) => exists(join(folder, path))))
  if (taken.includes(true))
    throw new LocalError('Nothing was written: some of it is there already.', {
      problems: files
        .filter((_file, index) => taken[index])
        .map(({ path }) => ({ at: join(directory, path), message: 'exists' })),
      advice: 'Choose another directory: broker init NAME.',
    })
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text, { flag: 'wx' })
  }
  const paths = files.map(({ path }) => path)
  const atHome = (await toolsAt(cli.cwd)).map((tool) => TITLES[tool])
  answer(cli, { directory: folder, files: paths, agent: agentName(found), owner: found.owner }, () =>
    [
      ...paths.map((path) => `wrote ${join(directory, path)}`),
      '',
      'Next: say what belongs to staging in broker.yaml, then',
      `  broker policy test ${directory}`,
      `  broker apply -f ${directory}`,
      `  broker agent invite ${agentName(found)} | broker enroll --profile ${agentName(found)} --url URL`,
      ...(atHome.length > 0 ? [`To set up ${atHome.join(' and ')} here: broker init --tools`] : []),
      '',
    ].join('\n'),
  )
  return EXIT.ok
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
