import { type ConfigDocument, type PolicySource, policySource } from '@credbroker/core/config/document'
import type { Problem } from '@credbroker/core/errors'
import { LocalError } from '../usage-error.ts'
import { placeProblem, readConfig } from './read-config.ts'
import { configDirectory, readConfigDirectory } from './read-directory.ts'

/** A configuration that holds by itself; whether it fits the broker and the vendors, the broker says. */
export interface LoadedConfig {
  readonly config: ConfigDocument
  readonly policies: readonly PolicySource[]
  /** Turns a place as the broker names it into `file:line:col`. */
  readonly place: (problem: Problem) => Problem
}

/** @throws LocalError with every problem of every file, each with file and line */
export async function loadConfig(directory: string, cwd: string): Promise<LoadedConfig> {
  const files = await readConfigDirectory(await configDirectory(cwd, directory), cwd)
  const reading = readConfig(files.yamlText, files.yamlFile)
  const yamlProblems = 'problems' in reading ? reading.problems : []
  const problems: Problem[] = [
    ...yamlProblems.map(({ file, line, col, message }) => ({ at: `${file}:${line}:${col}`, message })),
    ...(await policyProblems(files.policies)).map((problem) => ({
      at: files.policyPlace(problem.at),
      message: problem.message,
    })),
  ]
  if ('problems' in reading || problems.length > 0)
    throw new LocalError('The configuration is not valid; nothing was sent.', { problems })
  const place = (problem: Problem): Problem =>
    /^[^\s:]+\.cedar(:|$)/.test(problem.at)
      ? { at: files.policyPlace(problem.at), message: problem.message }
      : placeProblem(problem, files.yamlFile, reading.locate)
  return { config: reading.config, policies: files.policies, place }
}

async function policyProblems(policies: readonly PolicySource[]): Promise<readonly Problem[]> {
  const misnamed = policies
    .filter((policy) => !policySource.shape.name.safeParse(policy.name).success)
    .map(({ name }) => ({
      at: `${name}:1`,
      message: 'the file name must be lower-case letters, digits, `.`, `_` and `-`',
    }))
  if (misnamed.length > 0 || policies.length === 0) return misnamed
  // Cedar is large: it is loaded only when there is something for it to read.
  const [{ checkPolicies }, { VOCABULARY }] = await Promise.all([
    import('@credbroker/policy/check'),
    import('@credbroker/connectors/vocabulary'),
  ])
  return checkPolicies(policies, VOCABULARY).problems
}
