import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import { checkPolicies } from '@credbroker/policy/check'
import { type Cli, EXIT } from '../cli.ts'
import { configDirectory, readPolicies } from '../config/read-directory.ts'
import { answer } from '../render/answer.ts'
import { printable } from '../render/printable.ts'
import { LocalError } from '../usage-error.ts'

export async function run(cli: Cli, _options: object, directory?: string): Promise<number> {
  const top = await configDirectory(cli.cwd, directory)
  const { policies, policyPlace } = await readPolicies(top, cli.cwd)
  if (policies.length === 0)
    throw new LocalError(`There are no policies in ${top}.`, {
      advice: 'They are policies/*.cedar; `broker init` writes a first one.',
    })
  const checked = checkPolicies(policies, VOCABULARY)
  const place = ({ at, message }: { at: string; message: string }) => ({ at: policyPlace(at), message })
  const problems = checked.problems.map(place)
  const warnings = checked.warnings.map(place)
  const own = checked.policies.filter(({ guardrail }) => !guardrail)
  const guardrails = checked.policies.length - own.length
  answer(cli, { ok: problems.length === 0, policies: own.map(({ id }) => id), problems, warnings }, () =>
    [
      ...problems.map(({ at, message }) => `${at}  ${printable(message)}\n`),
      ...warnings.map(({ at, message }) => `warning: ${at}  ${printable(message)}\n`),
      problems.length === 0
        ? `${own.length} ${own.length === 1 ? 'policy holds' : 'policies hold'}, together with ${guardrails} guardrails.\n`
        : '',
    ].join(''),
  )
  return problems.length === 0 ? EXIT.ok : EXIT.failed
}
