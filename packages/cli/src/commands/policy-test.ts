import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import { compilePolicies } from '@credbroker/policy/compile'
import { type CaseFile, runCases } from '@credbroker/policy/test-cases'
import { type Cli, EXIT } from '../cli.ts'
import { parseYaml } from '../config/parse-yaml.ts'
import { configDirectory, readPolicies } from '../config/read-directory.ts'
import { answer } from '../render/answer.ts'
import { printable } from '../render/printable.ts'
import { LocalError } from '../usage-error.ts'

export async function run(cli: Cli, _options: object, directory?: string): Promise<number> {
  const top = await configDirectory(cli.cwd, directory)
  const { policies } = await readPolicies(top, cli.cwd)
  const cases = (
    await Promise.all((['PERMIT', 'DENY'] as const).map((expect) => casesIn(top, expect, cli.cwd)))
  ).flat()
  if (cases.length === 0)
    throw new LocalError(`There are no cases in ${top}.`, {
      advice: 'They are policies/tests/PERMIT/*.yaml and policies/tests/DENY/*.yaml.',
    })
  const results = runCases(compilePolicies(policies, VOCABULARY), cases)
  const failed = results.filter(({ passed }) => !passed)
  answer(cli, { ok: failed.length === 0, cases: results }, () =>
    [
      ...results.map(({ passed, file, name, message }) =>
        printable(
          `${passed ? 'ok    ' : 'FAILED'}  ${file}${name === file ? '' : `  ${name}`}${message ? `: ${message}` : ''}`,
        ),
      ),
      `${results.length - failed.length} of ${results.length} cases hold.`,
      '',
    ].join('\n'),
  )
  return failed.length === 0 ? EXIT.ok : EXIT.failed
}

/** A file that is not YAML is a case that fails, with its line; it must not stop the others. */
async function casesIn(top: string, expect: CaseFile['expect'], cwd: string): Promise<CaseFile[]> {
  const folder = join(top, 'policies', 'tests', expect)
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(ya?ml|json)$/.test(name)).sort()
  return await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const { value, problems } = parseYaml(await readFile(path, 'utf8'), relative(cwd, path))
      const first = problems[0]
      const file = first ? `${first.file}:${first.line}:${first.col}` : relative(cwd, path)
      return { expect, file, content: first ? first.message : value }
    }),
  )
}
