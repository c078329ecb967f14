import { Broker } from '@credbroker/sdk/broker'
import type { Cli } from '../cli.ts'
import { brokerUrl, requireProfile } from '../client.ts'
import { runExec } from '../exec/exec.ts'
import { leanFetch } from '../exec/lean-fetch.ts'

interface Options {
  readonly env: string
  readonly scope: readonly string[]
  readonly purpose: string
  readonly ticket?: string
  readonly ttl?: number
  readonly keepEnv?: readonly string[]
}

export async function run(cli: Cli, options: Options, command: readonly string[]): Promise<number> {
  const profile = await requireProfile(cli)
  const { now, random } = cli
  const broker = new Broker({ ...profile, url: brokerUrl(cli, profile), fetch: leanFetch, now, random })
  const { env: environment, scope: scopes, ...rest } = options
  return await runExec(
    { ...rest, environment, scopes, command, json: cli.json },
    { broker, env: cli.env, err: cli.err },
  )
}
