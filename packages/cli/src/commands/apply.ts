import type { Plan, RootView } from '@credbroker/core/wire/admin'
import { type Cli, EXIT } from '../cli.ts'
import { type Client, connect, segment } from '../client.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { readRootSecrets, withoutReferences } from '../config/root-secrets.ts'
import { waitingText } from '../render/approval.ts'
import { planText } from '../render/plan.ts'
import { printReport, reportError, toReport } from '../render/report.ts'
import { UsageError } from '../usage-error.ts'
import { tellOfFormer } from './former-credential.ts'
import { rotateRoot, warnWhileThere } from './root-add.ts'

interface Options {
  readonly file: string
  readonly plan?: boolean
  readonly yes?: boolean
  readonly rotate?: boolean
  readonly renew?: readonly string[]
  readonly wait?: boolean
}

/** Reads and checks the files, asks what would change, shows it, and only then applies exactly that. */
export async function run(cli: Cli, options: Options): Promise<number> {
  const loaded = await loadConfig(options.file, cli.cwd)
  const renew = rootsToRenew(loaded, options.renew)
  const connected = await connect(cli)
  const client = options.wait ? connected.waiting((asked) => cli.err(waitingText(asked))) : connected
  const request = { config: withoutReferences(loaded.config), policies: loaded.policies }
  try {
    const told = await client.post<Plan>('/v1/plan', request)
    const plan = { ...told, needs_secret: [...new Set([...told.needs_secret, ...renew])] }
    const idle = plan.changes.length === 0 && plan.needs_secret.length === 0
    if (options.plan || idle) {
      show(cli, plan, loaded)
      return done(cli, plan, loaded, false)
    }
    const code = await apply(cli, options, client, loaded, request, plan)
    const renewed = code === EXIT.ok ? renew.filter((name) => !told.needs_secret.includes(name)) : []
    for (const name of renewed) tellOfFormer(cli, await client.get<RootView>(`/v1/roots/${segment(name)}`))
    return code
  } catch (error) {
    return reportPlaced(cli, error, loaded)
  }
}

async function apply(
  cli: Cli,
  options: Options,
  client: Client,
  loaded: LoadedConfig,
  request: object,
  first: Plan,
): Promise<number> {
  const { documents, files } = await readRootSecrets(cli, first.needs_secret, loaded.config.roots)
  const body = { ...request, secrets: documents }
  // What a new root reaches, and what its scopes can do, is known only once the broker has asked the vendor.
  const plan = first.needs_secret.length === 0 ? first : await client.post<Plan>('/v1/plan', body)
  show(cli, plan, loaded)
  if (!options.yes && !(await confirmed(cli))) {
    cli.err('Nothing was changed.\n')
    return EXIT.failed
  }
  const applied = await client.post<Plan>('/v1/apply', { ...body, expected_version: plan.version })
  if (!cli.json) cli.out(`Applied (version ${applied.version}).\n`)
  if (options.rotate) {
    for (const root of Object.keys(documents)) await rotateRoot(client, root)
  } else {
    for (const file of files) await warnWhileThere(cli, file)
  }
  return done(cli, applied, loaded, true)
}

/** @throws UsageError for a name that the files do not declare */
function rootsToRenew({ config }: LoadedConfig, names: readonly string[] = []): readonly string[] {
  if (names.some((name) => !Object.hasOwn(config.roots, name)))
    throw new UsageError('--renew names a root that the files do not declare.')
  return names
}

function show(cli: Cli, plan: Plan, loaded: LoadedConfig): void {
  if (cli.json) return
  cli.out(planText(plan, plan.warnings.map(loaded.place), cli.interactive && !cli.env['NO_COLOR']))
}

function done(cli: Cli, plan: Plan, loaded: LoadedConfig, applied: boolean): number {
  if (cli.json)
    cli.out(`${JSON.stringify({ ...plan, warnings: plan.warnings.map(loaded.place), applied })}\n`)
  return EXIT.ok
}

/** @throws UsageError where nobody is there to ask: what a file lost by mistake must not vanish from the broker unseen */
async function confirmed(cli: Cli): Promise<boolean> {
  if (!cli.interactive)
    throw new UsageError(
      'Nothing was changed: there is no terminal to ask at.',
      'See it with --plan, then apply it with --yes.',
    )
  const { confirm } = await import('@clack/prompts')
  return (await confirm({ message: 'Apply this?', initialValue: false })) === true
}

/** What the broker finds fault with is shown at the line that says so. */
function reportPlaced(cli: Cli, error: unknown, loaded: LoadedConfig): number {
  const report = toReport(error)
  if (report.problems === undefined) return reportError(cli, error)
  return printReport(cli, { ...report, problems: report.problems.map(loaded.place) })
}
