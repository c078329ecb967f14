import type { Io } from '@credbroker/sdk/io'
import type { OuterRun } from '@credbroker/sdk/outer-run'
import { agentBroker, insideRun } from '../agent-broker.ts'
import type { Cli } from '../cli.ts'
import { runExec } from '../exec/exec.ts'
import { leanFetch } from '../exec/lean-fetch.ts'
import { gateOf } from '../gate/gate.ts'
import { UsageError } from '../usage-error.ts'

interface Options {
  readonly env: string
  readonly scope: readonly string[]
  readonly purpose: string
  readonly ticket?: string
  readonly ttl?: number
  readonly wait?: boolean
  readonly keepEnv?: readonly string[]
  readonly passThrough?: readonly string[]
  readonly sandbox?: boolean
  readonly sandboxRead?: readonly string[]
  readonly sandboxWrite?: readonly string[]
  readonly allowFinding?: readonly string[]
  readonly reason?: string
  /** False with `--no-scan`. */
  readonly scan?: boolean
}

export async function run(cli: Cli, options: Options, command: readonly string[]): Promise<number> {
  const io = { fetch: leanFetch, now: cli.now, random: cli.random }
  const outer = await outerOf(cli, io)
  const broker = outer ?? (await agentBroker(cli, io))
  const {
    env: environment,
    scope: scopes,
    sandbox,
    sandboxRead: read = [],
    sandboxWrite: write = [],
    allowFinding = [],
    reason,
    scan = true,
    ...rest
  } = options
  if (!sandbox && read.length + write.length > 0)
    throw new UsageError('--sandbox-read and --sandbox-write say what a sandbox lets in; add --sandbox.')
  const confined = sandbox && { sandbox: { cwd: cli.cwd, read, write } }
  const gate = gateFor(cli, allowFinding, reason, !scan)
  return await runExec(
    { ...rest, ...confined, environment, scopes, command, json: cli.json },
    {
      broker,
      env: cli.env,
      err: cli.err,
      ...(outer ? { said: async () => (await outer.access()).scan } : { gate }),
    },
  )
}

/** @throws UsageError where something is to pass without a reason, or the other way round */
function gateFor(cli: Cli, allowed: readonly string[], reason: string | undefined, off: boolean) {
  const findings = allowed.flatMap((ids) => ids.split(','))
  if (findings.length > 0 !== (reason !== undefined))
    throw new UsageError('--allow-finding and --reason belong together: what may pass, and why.')
  if (findings.length > MOST_ALLOWED)
    throw new UsageError(
      `At most ${MOST_ALLOWED} findings can be let pass.`,
      '--no-scan does not look at all.',
    )
  const options = { cwd: cli.cwd, findings, reason: reason ?? '', off }
  return gateOf(options, async (place) => (await import('../gate/look.ts')).look(cli, place))
}

/** As many as the start of a task takes. */
const MOST_ALLOWED = 20

/** The run around this one, if there is one and nobody names another identity. */
async function outerOf(cli: Cli, io: Pick<Io, 'fetch' | 'now' | 'random'>): Promise<OuterRun | undefined> {
  if (!insideRun(cli)) return undefined
  const { outerRun } = await import('@credbroker/sdk/outer-run')
  return outerRun(cli.env, io)
}
