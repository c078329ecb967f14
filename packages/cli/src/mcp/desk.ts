import { systemIo } from '@credbroker/sdk/io'
import { outerRun } from '@credbroker/sdk/outer-run'
import { agentBroker, insideRun } from '../agent-broker.ts'
import { callOfRun } from '../call/task-of.ts'
import type { Cli } from '../cli.ts'
import { leanFetch } from '../exec/lean-fetch.ts'
import { LocalError } from '../usage-error.ts'
import { Denials } from './denials.ts'
import { Tasks } from './tasks.ts'
import type { Desk } from './tool.ts'

/** Inside `broker exec` the run's own task; otherwise the agent of the profile. */
export function deskOf(cli: Cli, idleMs?: number): Desk {
  const io = { fetch: leanFetch, now: cli.now, random: cli.random }
  const inside = insideRun(cli)
  const starter = async () => (inside && outerRun(cli.env, io)) || (await agentBroker(cli, io))
  const access = async () => {
    const found = await outerRun(cli.env)?.access()
    if (!found) throw new LocalError('There is no run around this server.')
    return found
  }
  return {
    tasks: new Tasks({ starter, after: systemIo.after, ...(idleMs !== undefined && { idleMs }) }),
    denials: new Denials(),
    around: inside ? { call: callOfRun(cli), access } : undefined,
  }
}
