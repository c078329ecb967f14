import type { Approval } from '@credbroker/sdk/approval'
import { apiError, BrokerApiError } from '@credbroker/sdk/errors'
import type { CallInit } from '@credbroker/sdk/gateway-call'
import { insideRun } from '../agent-broker.ts'
import { bodyOf, headersOf } from '../call/body.ts'
import { jsonOf, printBody, printHead } from '../call/print.ts'
import { ownTask, runningTask, theRun } from '../call/task-of.ts'
import { type Cli, EXIT } from '../cli.ts'
import { printable } from '../render/printable.ts'
import { UsageError } from '../usage-error.ts'
import { taskId } from './task.ts'

export interface CallOptions {
  readonly task?: string
  readonly env?: string
  readonly purpose?: string
  readonly ticket?: string
  readonly data?: string
  readonly header?: readonly string[]
  /** False for `--no-wait`. */
  readonly wait: boolean
  readonly approval?: string
  readonly include?: boolean
}

export async function run(
  cli: Cli,
  options: CallOptions,
  scope: string,
  method: string,
  path: string,
): Promise<number> {
  if (!/^[A-Za-z]{1,10}$/.test(method)) throw new UsageError('A method is a word such as GET.')
  if (!path.startsWith('/')) throw new UsageError('A path begins with /; the host is the scope’s.')
  const body = await bodyOf(cli, options.data)
  const init: CallInit = {
    method: method.toUpperCase(),
    headers: headersOf(options.header, body),
    ...(body && { body }),
    approval: options.wait ? 'wait' : 'throw',
    ...(options.approval !== undefined && { approvalId: options.approval }),
    onApproval: (approval) => options.wait && cli.err(waits(approval)),
  }
  return await making(
    cli,
    options,
    scope,
  )(async (make) => {
    const response = await make(scope, path, init).catch((error: unknown) => {
      throw goOn(error)
    })
    cli.err(`${response.status}\n`)
    if (cli.json) cli.out(`${JSON.stringify(await jsonOf(response))}\n`)
    else {
      if (options.include) printHead(cli, response)
      await printBody(cli, response)
    }
    return response.ok ? EXIT.ok : EXIT.failed
  })
}

/** A task of its own, the one that was named, or that of the run around. */
function making(cli: Cli, { env, purpose, ticket, task, wait }: CallOptions, scope: string) {
  if (env === undefined && purpose === undefined)
    return task === undefined && insideRun(cli) ? theRun(cli) : runningTask(cli, taskId(cli, task))
  if (env === undefined || purpose === undefined || task !== undefined)
    throw new UsageError('Give --env and --purpose for a task of its own, or --task for one that runs.')
  if (!wait)
    throw new UsageError(
      'A task of its own ends with the command, and the question with it.',
      'Leave out --no-wait, or start a task first: broker task start',
    )
  return ownTask(cli, { environment: env, purpose, scopes: [scope], ...(ticket !== undefined && { ticket }) })
}

const waits = ({ id, url }: Approval): string =>
  `A person has to approve it: ${printable(url)}\nWaiting for ${printable(id)} …\n`

/** How the call is made once somebody has approved it. */
function goOn(error: unknown): unknown {
  if (!(error instanceof BrokerApiError) || error.code !== 'approval_required') return error
  const { status, code, reason: detail, retryable, approvalId, approvalUrl } = error
  if (approvalId === undefined) return error
  return apiError({
    status,
    code,
    detail,
    retryable,
    approval: approvalId,
    ...(approvalUrl !== undefined && { approval_url: approvalUrl }),
    todo: `Once somebody has approved it, run the same command with --approval ${approvalId}`,
  })
}
