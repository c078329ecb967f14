import { Broker } from '@credbroker/sdk/broker'
import type { Io } from '@credbroker/sdk/io'
import { workloadFrom } from '@credbroker/sdk/workload'
import type { Cli } from '../cli.ts'
import { brokerUrl, requireAgent, requireProfile } from '../client.ts'
import { runExec } from '../exec/exec.ts'
import { OUTER } from '../exec/inner-runs.ts'
import { leanFetch } from '../exec/lean-fetch.ts'

interface Options {
  readonly env: string
  readonly scope: readonly string[]
  readonly purpose: string
  readonly ticket?: string
  readonly ttl?: number
  readonly keepEnv?: readonly string[]
  readonly passThrough?: readonly string[]
}

export async function run(cli: Cli, options: Options, command: readonly string[]): Promise<number> {
  const io = { fetch: leanFetch, now: cli.now, random: cli.random }
  const broker = await brokerOf(cli, io)
  const { env: environment, scope: scopes, ...rest } = options
  return await runExec(
    { ...rest, environment, scopes, command, json: cli.json },
    { broker, env: cli.env, err: cli.err },
  )
}

/**
 * The run around this one, if there is one and nobody names another identity. Otherwise by the word of the platform
 * where there is one and nobody names a profile; none of it reaches the child.
 */
async function brokerOf(
  cli: Cli,
  io: Pick<Io, 'fetch' | 'now' | 'random'>,
): Promise<Pick<Broker, 'startTask'>> {
  const named = cli.profile ?? cli.url ?? (cli.env['BROKER_PROFILE'] || undefined)
  if (named === undefined && cli.env[OUTER.socket]) {
    const { outerRun } = await import('../exec/outer-run.ts')
    const outer = outerRun(cli.env, io)
    if (outer) return outer
  }
  const workload =
    cli.profile === undefined
      ? workloadFrom({ ...cli.env, ...(cli.url && { BROKER_URL: cli.url }) }, io)
      : undefined
  if (workload) return Broker.fromWorkload(workload, io)
  const profile = await requireProfile(cli)
  requireAgent(profile)
  return new Broker({ ...profile, url: brokerUrl(cli, profile), ...io })
}
