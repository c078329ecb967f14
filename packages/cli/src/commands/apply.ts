import type { Problem } from '@credbroker/core/errors'
import type { Plan } from '@credbroker/core/wire/admin'
import { type Cli, EXIT } from '../cli.ts'
import { type Client, connect } from '../client.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { readRootSecrets, withoutReferences } from '../config/root-secrets.ts'
import { planText } from '../render/plan.ts'
import { printReport, reportError, toReport } from '../render/report.ts'
import { warnWhileThere } from './root-add.ts'

interface Options {
  readonly file: string
  readonly plan?: boolean
  readonly yes?: boolean
}

/** Reads and checks the files, asks what would change, shows it, and only then applies exactly that. */
export async function run(cli: Cli, options: Options): Promise<number> {
  const loaded = await loadConfig(options.file, cli.cwd)
  const client = await connect(cli)
  const request = { config: withoutReferences(loaded.config), policies: loaded.policies }
  try {
    const plan = await client.post<Plan>('/v1/plan', request)
    const warnings = plan.warnings.map(loaded.place)
    if (!cli.json) cli.out(planText(plan, warnings, cli.interactive && !cli.env['NO_COLOR']))
    const idle = plan.changes.length === 0 && plan.needs_secret.length === 0
    if (options.plan || idle) return done(cli, plan, warnings, false)
    if (cli.interactive && !options.yes && !(await confirmed())) {
      cli.err('Nothing was changed.\n')
      return EXIT.failed
    }
    return await apply(cli, client, loaded, request, plan)
  } catch (error) {
    return reportPlaced(cli, error, loaded)
  }
}

async function apply(
  cli: Cli,
  client: Client,
  loaded: LoadedConfig,
  request: object,
  plan: Plan,
): Promise<number> {
  const { documents, files } = await readRootSecrets(cli, plan.needs_secret, loaded.config.roots)
  const body = { ...request, secrets: documents, expected_version: plan.version }
  const applied = await client.post<Plan>('/v1/apply', body)
  const known = new Set(plan.warnings.map(({ at, message }) => `${at} ${message}`))
  const fresh = applied.warnings.filter(({ at, message }) => !known.has(`${at} ${message}`)).map(loaded.place)
  if (!cli.json) {
    for (const { at, message } of fresh) cli.err(`warning: ${at}  ${message}\n`)
    cli.out(`Applied (version ${applied.version}).\n`)
  }
  for (const file of files) await warnWhileThere(cli, file)
  return done(cli, applied, applied.warnings.map(loaded.place), true)
}

function done(cli: Cli, plan: Plan, warnings: readonly Problem[], applied: boolean): number {
  if (cli.json) cli.out(`${JSON.stringify({ ...plan, warnings, applied })}\n`)
  return EXIT.ok
}

async function confirmed(): Promise<boolean> {
  const { confirm } = await import('@clack/prompts')
  return (await confirm({ message: 'Apply this?', initialValue: false })) === true
}

/** What the broker finds fault with is shown at the line that says so. */
function reportPlaced(cli: Cli, error: unknown, loaded: LoadedConfig): number {
  const report = toReport(error)
  if (report.problems === undefined) return reportError(cli, error)
  return printReport(cli, { ...report, problems: report.problems.map(loaded.place) })
}
