import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Cli, EXIT } from '../cli.ts'
import { connect } from '../client.ts'
import { endedText, endFound } from '../leaks/end-found.ts'
import { tellBroker } from '../leaks/tell-broker.ts'
import { answer } from '../render/answer.ts'
import { scanText } from '../render/scan.ts'
import { Baseline, isOver } from '../scan/baseline.ts'
import type { Found } from '../scan/finding.ts'
import { cacheDirectory, homeOf, homePlaces } from '../scan/places.ts'
import { sarif } from '../scan/sarif.ts'
import { scan } from '../scan/scan.ts'
import { LocalError, UsageError } from '../usage-error.ts'

interface Options {
  readonly home?: boolean
  readonly history?: boolean
  readonly sarif?: boolean
  readonly baseline?: string
  readonly accept?: string
  readonly owner?: string
  readonly expires?: string
  readonly reason?: string
  readonly identify?: boolean
  readonly revoke?: boolean
}

export async function run(cli: Cli, options: Options, paths: readonly string[]): Promise<number> {
  if (options.sarif && cli.json) throw new UsageError('--sarif is a form of its own: without --json.')
  const accepting = acceptance(options, cli.now())
  const baseline =
    options.baseline === undefined ? undefined : Baseline.open(resolve(cli.cwd, options.baseline))
  const roots = rootsOf(cli, options, paths)
  const report = await scan({
    roots,
    env: roots.length === 1 && paths.length === 0 && !options.home ? cli.env : undefined,
    home: options.home ? homeOf(cli.env) : undefined,
    history: options.history,
    cacheDirectory: cacheDirectory(cli.env),
    naming: baseline?.naming,
    now: cli.now,
    ...(cli.interactive && { onProgress: (files) => cli.err(`\r${files} files`) }),
  })
  if (cli.interactive) cli.err('\r\u001b[K')
  if (accepting) accept(baseline, report.found, accepting)
  const known = options.identify || options.revoke ? await tell(cli, report.found, options) : []
  const told = report.found.map((found, at) => ({
    finding: found.finding,
    accepted: baseline?.of(found),
    known: known[at],
  }))
  const open = told.filter(({ accepted }) => !accepted || isOver(accepted, cli.now()))
  if (options.sarif) cli.out(`${JSON.stringify(sarif(open.map(({ finding }) => finding)), null, 2)}\n`)
  else
    answer(
      cli,
      {
        findings: told.map(({ finding, accepted, known: says }) => ({
          ...finding,
          ...(accepted && { accepted: { owner: accepted.owner, expires: accepted.expires } }),
          ...(says !== undefined && { known: says }),
        })),
        open: open.length,
        files: report.files,
        files_unchanged: report.filesFromCache,
        skipped: report.skipped,
        skipped_count: report.skippedCount,
      },
      () => scanText(told, report, cli.now()),
    )
  return open.length === 0 ? EXIT.ok : EXIT.findings
}

function rootsOf(cli: Cli, { home }: Options, paths: readonly string[]): string[] {
  const named = paths.map((path) => resolve(cli.cwd, path))
  for (const path of named)
    if (!statSync(path, { throwIfNoEntry: false })) throw new UsageError(`There is no ${path}.`)
  if (home) return [...named, ...homePlaces(cli.env)]
  return named.length > 0 ? named : [cli.cwd]
}

type Acceptance = Readonly<Record<'id' | 'owner' | 'expires' | 'reason', string>>

const LONGEST_DAYS = 366

/** @throws UsageError where something is missing, or it would never end */
function acceptance(options: Options, now: Date): Acceptance | undefined {
  const { accept: id, owner, expires, reason, baseline } = options
  if (id === undefined) {
    if (owner ?? expires ?? reason)
      throw new UsageError('--owner, --expires and --reason belong to --accept.')
    return undefined
  }
  if (!owner || !expires || !reason || baseline === undefined)
    throw new UsageError(
      'Somebody has to answer for what is accepted.',
      '--baseline FILE --accept ID --owner NAME --expires 2026-12-31 --reason TEXT',
    )
  const days = (Date.parse(`${expires}T00:00:00Z`) - now.getTime()) / 86_400_000
  if (!/^\d{4}-\d\d-\d\d$/.test(expires) || !(days > 0 && days <= LONGEST_DAYS))
    throw new UsageError('--expires is a day within the next year, as 2026-12-31.')
  return { id, owner, expires, reason }
}

function accept(baseline: Baseline | undefined, found: readonly Found[], { id, ...rest }: Acceptance): void {
  const one = found.find(({ finding }) => finding.id === id)
  if (!one || !baseline)
    throw new LocalError('There is no finding of this id.', {
      advice: 'The ids of a baseline are its own: run the scan with --baseline, then accept.',
    })
  baseline.accept({ id, kind: one.finding.kind, path: one.finding.path, ...rest })
}

/** What the broker says of each, in their order. Whoever may not operate hears nothing of it. */
async function tell(
  cli: Cli,
  found: readonly Found[],
  { revoke = false }: Options,
): Promise<readonly string[]> {
  if (found.length === 0) return []
  const client = await connect(cli)
  const reported = found.map(({ finding, value }) => ({
    value,
    kind: finding.kind,
    where: `${finding.path}:${finding.line}`,
  }))
  const matches = await tellBroker(client, reported, revoke)
  if (!matches) {
    cli.err('The broker took note of them. Whose they are it tells operators.\n')
    return []
  }
  return (revoke ? await endFound(client, matches) : matches).map(endedText)
}
