import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One run of schemathesis against what a server says of itself. */
export interface SchemathesisRun {
  readonly url: string
  /** A schemathesis.toml. */
  readonly config: string
  readonly authorization?: string
  /** Left out: all of these. `coverage` walks through every bound of a schema. */
  readonly phases?: readonly ('examples' | 'coverage' | 'fuzzing')[]
  /** Cases of one operation that are made up, besides those that its schema suggests. */
  readonly maxExamples: number
  /** As schemathesis names operations: `POST /v1/tasks`. With `only`, nothing but these. */
  readonly only?: readonly string[]
  readonly without?: ReadonlySet<string>
}

interface SchemathesisReport {
  readonly code: number | null
  /** What it printed: each failure with a command that repeats it. */
  readonly output: string
  readonly cases: number
  readonly operations: { readonly selected: number; readonly tested: number }
}

/** The same cases at every run: each is derived from the schema and a fixed seed. */
export async function runSchemathesis(run: SchemathesisRun): Promise<SchemathesisReport> {
  const directory = await mkdtemp(join(tmpdir(), 'credbroker-schemathesis-'))
  const report = join(directory, 'report.json')
  const args = [
    ['--config-file', run.config, 'run', `${run.url}/openapi.json`],
    ['--phases', (run.phases ?? ['examples', 'coverage', 'fuzzing']).join(',')],
    ['--max-examples', String(run.maxExamples)],
    ['--seed', '1', '--generation-deterministic', '--no-shrink', '--continue-on-failure'],
    ['--suppress-health-check', 'all', '--warnings', 'off', '--no-color'],
    ['--report', 'json', '--report-json-path', report],
    run.authorization ? ['--header', `Authorization: ${run.authorization}`] : [],
    (run.only ?? []).flatMap((name) => ['--include-name', name]),
    [...(run.without ?? [])].flatMap((name) => ['--exclude-name', name]),
  ].flat()
  try {
    const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve) => {
      // It keeps notes where it runs.
      const options = { cwd: directory, maxBuffer: 64 * 1024 * 1024 }
      const child = execFile('schemathesis', args, options, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, output: stdout + stderr }),
      )
    })
    const text = await readFile(report, 'utf8').catch(() => {
      throw new Error(`schemathesis did not run: ${output}`)
    })
    const { test_cases: cases, operations } = JSON.parse(text)
    return { code, output, cases: cases?.generated ?? 0, operations }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
