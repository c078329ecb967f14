import { EXIT } from '../cli.ts'
import { printable } from '../render/printable.ts'
import type { GateFinding } from './finding.ts'

/** More than anybody reads; `broker scan` shows them all. */
const SHOWN = 20

/** The command could read secrets that nobody let pass, so it was not started, and no task was. */
export class FoundSecretsError extends Error {
  override readonly name = 'FoundSecretsError'
  readonly exitCode = EXIT.findings
  readonly findings: readonly GateFinding[]

  constructor(findings: readonly GateFinding[]) {
    super('the command could read secrets that lie where it works')
    this.findings = findings
  }
}

const placeOf = ({ path, line }: GateFinding): string => (line === undefined ? path : `${path}:${line}`)

/** As `broker exec` says it: one object, or lines for people. */
export const stoppedText = ({ findings }: FoundSecretsError, json: boolean): string =>
  json ? `${JSON.stringify({ event: 'stopped', findings: findings.map(shown) })}\n` : foundText(findings)

/** These fields and no others, whatever else a finding carries. */
const shown = ({ id, title, path, line }: GateFinding) => ({ id, title, path, line })

/** Each finding with its ways out. Where, what and which; never the value, nor a part of it. */
export function foundText(findings: readonly GateFinding[]): string {
  const many = findings.length === 1 ? 'a secret' : `${findings.length} secrets`
  const lines = [`credbroker: nothing was started: the command could read ${many} where it works`]
  for (const finding of findings.slice(0, SHOWN)) {
    lines.push(...waysOut(finding))
  }
  if (findings.length > SHOWN) lines.push(`  and ${findings.length - SHOWN} more: broker scan shows them all`)
  return `${lines.join('\n')}\n`
}

function waysOut(finding: GateFinding): string[] {
  const { id, path, title } = finding
  const variable = /^env:(.+)$/.exec(path)?.[1]
  return [
    `  ${printable(placeOf(finding))}  ${printable(title)}  (${id})`,
    '      keep it in the broker instead:  broker root add NAME --provider KIND --owner USER, then remove it here',
    variable === undefined
      ? `      end it, if the broker knows it: broker scan --revoke ${quoted(path)}`
      : `      leave it out:                   unset ${quoted(variable)}, and do not name it in --keep-env`,
    `      let it pass, on the record:     broker exec --allow-finding ${id} --reason TEXT …`,
  ]
}

/** As a shell reads it. */
const quoted = (path: string): string =>
  /^[\w./@:+-]+$/.test(path) ? path : `'${printable(path).replaceAll("'", "'\\''")}'`
