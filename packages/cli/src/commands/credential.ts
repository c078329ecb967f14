import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import { insideRun } from '../agent-broker.ts'
import { type Cli, EXIT } from '../cli.ts'
import { connect } from '../client.ts'
import { answerTool } from '../helpers/answer-tool.ts'
import type { Asked, HelperForm, Said } from '../helpers/helper.ts'
import { answer } from '../render/answer.ts'
import { printable } from '../render/printable.ts'
import { UsageError } from '../usage-error.ts'
import { actAs, taskId } from './task.ts'

interface Options {
  readonly task?: string
  readonly ttl?: number
  readonly form?: HelperForm
}

export async function run(cli: Cli, options: Options, scope: string, action?: string): Promise<number> {
  const { form, task, ttl } = options
  const protocol = form === 'git' || form === 'docker'
  if (action !== undefined && !protocol)
    throw new UsageError('Only the forms git and docker have a verb after the scope.')
  const info = cli.env['KUBERNETES_EXEC_INFO']
  const asked: Asked = {
    scope,
    ...(form !== undefined && { form }),
    ...(action !== undefined && { action }),
    ...(protocol && { input: await textOf(cli) }),
    ...(info !== undefined && { info }),
  }
  if (task === undefined && insideRun(cli)) {
    if (cli.json || ttl !== undefined)
      throw new UsageError(
        'The run around this command keeps its own leases, and gives them to tools in their own form.',
        'Leave out --json and --ttl, or name a task of your own with --task.',
      )
    const { askRun } = await import('../helpers/ask-run.ts')
    return tell(cli, await askRun(cli.env, asked))
  }
  const id = taskId(cli, task)
  const mint = async (): Promise<CredentialAnswer> => {
    const asTask = await actAs(await connect(cli), id)
    return await asTask.post('/v1/credentials', { scope, ...(ttl !== undefined && { ttl }) })
  }
  if (!cli.json) return tell(cli, await answerTool(asked, mint))
  answer(cli, await mint(), () => '')
  return EXIT.ok
}

function tell(cli: Cli, { out, err, code }: Said): number {
  cli.out(out)
  if (err !== undefined) cli.err(`credbroker: ${printable(err)}\n`)
  return code
}

async function textOf({ stdin }: Pick<Cli, 'stdin'>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}
