import type { Broker } from '@credbroker/sdk/broker'
import type { Io } from '@credbroker/sdk/io'
import { agentBroker, insideRun } from '../agent-broker.ts'
import type { Cli } from '../cli.ts'
import { runExec } from '../exec/exec.ts'
import { leanFetch } from '../exec/lean-fetch.ts'
import { UsageError } from '../usage-error.ts'

interface Options {
  readonly env: string
  readonly scope: readonly string[]
  readonly purpose: string
  readonly ticket?: string
  readonly ttl?: number
  readonly keepEnv?: readonly string[]
  readonly passThrough?: readonly string[]
  readonly sandbox?: boolean
  readonly sandboxRead?: readonly string[]
  readonly sandboxWrite?: readonly string[]
}

export async function run(cli: Cli, options: Options, command: readonly string[]): Promise<number> {
  const io = { fetch: leanFetch, now: cli.now, random: cli.random }
  const broker = await brokerOf(cli, io)
  const {
    env: environment,
    scope: scopes,
    sandbox,
    sandboxRead: read = [],
    sandboxWrite: write = [],
    ...rest
  } = options
  if (!sandbox && read.length + write.length > 0)
    throw new UsageError('--sandbox-read and --sandbox-write say what a sandbox lets in; add --sandbox.')
  const confined = sandbox && { sandbox: { cwd: cli.cwd, read, write } }
  return await runExec(
    { ...rest, ...confined, environment, scopes, command, json: cli.json },
    { broker, env: cli.env, err: cli.err },
  )
}

/** The run around this one, if there is one and nobody names another identity. */
async function brokerOf(
  cli: Cli,
  io: Pick<Io, 'fetch' | 'now' | 'random'>,
): Promise<Pick<Broker, 'startTask'>> {
  if (insideRun(cli)) {
    const { outerRun } = await import('../exec/outer-run.ts')
    const outer = outerRun(cli.env, io)
    if (outer) return outer
  }
  return await agentBroker(cli, io)
}
