import type { Simulation } from '@credbroker/core/wire/simulate'
import { type Cli, EXIT } from '../cli.ts'
import { connect } from '../client.ts'
import { answer } from '../render/answer.ts'
import { printable } from '../render/printable.ts'

interface Options {
  readonly agent: string
  readonly scope: string
  readonly env?: string
  readonly ttl?: number
  readonly file?: string
  readonly access?: readonly string[]
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const told =
    options.file === undefined ? await ask(cli, options) : await fromFiles(cli, options, options.file)
  answer(cli, told, () =>
    told.decisions
      .map(({ access, verdict, policies, explanation }) =>
        [`${access}: ${verdict}`, ...lines(policies, explanation), ''].join('\n'),
      )
      .join(''),
  )
  return EXIT.ok
}

/** The broker gives reasons for a refusal only; which policies permit is worth a line as well. */
const lines = (policies: readonly string[], explanation: readonly string[]): string[] =>
  (explanation.length > 0 || policies.length === 0
    ? explanation
    : [`Decided by ${policies.join(', ')}.`]
  ).map((line) => `  ${printable(line)}`)

async function ask(cli: Cli, { agent, scope, env, ttl }: Options): Promise<Simulation> {
  const client = await connect(cli)
  const environment =
    env ?? (await client.get<{ environment: string }>(`/v1/scopes/${encodeURIComponent(scope)}`)).environment
  return await client.post('/v1/simulate', { agent, scope, environment, ...(ttl !== undefined && { ttl }) })
}

async function fromFiles(cli: Cli, options: Options, directory: string): Promise<Simulation> {
  const [{ loadConfig }, { simulate }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/simulate.ts'),
  ])
  const { config, policies } = await loadConfig(directory, cli.cwd)
  return simulate(config, policies, { ...options, now: cli.now() })
}
