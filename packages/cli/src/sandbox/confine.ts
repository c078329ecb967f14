import type { Credential } from '@credbroker/core/credential'
import type { PrivateDirectory } from '../exec/private-directory.ts'
import { destinationsOf, ofUrl, planWays, suffixesOf } from './destinations.ts'
import type { Enclosure, Sandbox } from './enclosure.ts'
import { innerEnv } from './inner-env.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A sandbox with the ways out that one run needs. */
export interface Confined {
  /** What only the run's proxy can lead to: servers at the ports of https, and whole clouds. */
  readonly byProxy: readonly string[]
  /** Servers of this run that it has no way to. */
  readonly lost: readonly string[]
  /** `ports`: what serves this run on our own loopback. */
  enclose(files: PrivateDirectory, ports: readonly number[]): Promise<Enclosure>
  /** `served`: what the run itself says to its command. */
  env(inherited: Env, served: Env): Env
}

/** The servers of a run are those of what it minted, and the broker, which runs inside this one talk to. */
export async function confine(
  sandbox: Sandbox,
  broker: string,
  credentials: readonly Credential[],
): Promise<Confined> {
  const plan = planWays([ofUrl(broker), ...credentials.flatMap(destinationsOf)])
  const needed = plan.byProxy.filter((server) => server !== hostPort(broker))
  return {
    byProxy: [...needed, ...credentials.flatMap(suffixesOf)],
    lost: plan.lost,
    enclose: async (files, ports) => await sandbox.enclose({ files, plan, ports }),
    env: (inherited, served) => innerEnv(sandbox.kind, inherited, served, plan),
  }
}

const hostPort = (url: string): string => {
  const { host, port } = ofUrl(url)
  return `${host}:${port}`
}
