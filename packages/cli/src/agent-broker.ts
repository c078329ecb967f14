import { Broker } from '@credbroker/sdk/broker'
import type { Io } from '@credbroker/sdk/io'
import { OUTER } from '@credbroker/sdk/outer-variables'
import { workloadFrom } from '@credbroker/sdk/workload'
import type { Cli } from './cli.ts'
import { brokerUrl, requireAgent, requireProfile } from './client.ts'

/** Whether a run is around this command, and nobody named another identity. */
export function insideRun({ profile, url, env }: Pick<Cli, 'profile' | 'url' | 'env'>): boolean {
  const named = profile ?? url ?? (env['BROKER_PROFILE'] || undefined)
  return named === undefined && Boolean(env[OUTER.socket])
}

/** By the word of the platform, where there is one and nobody names a profile; otherwise by the profile. */
export async function agentBroker(cli: Cli, io: Pick<Io, 'fetch' | 'now' | 'random'>): Promise<Broker> {
  const workload =
    cli.profile === undefined
      ? workloadFrom({ ...cli.env, ...(cli.url && { BROKER_URL: cli.url }) }, io)
      : undefined
  if (workload) return Broker.fromWorkload(workload, io)
  const profile = await requireProfile(cli)
  requireAgent(profile)
  return new Broker({ ...profile, url: brokerUrl(cli, profile), ...io })
}
