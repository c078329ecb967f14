import type { Cli } from '../cli.ts'
import type { GateFinding } from '../gate/finding.ts'
import { FoundSecretsError } from '../gate/found-secrets.ts'
import { gateOf } from '../gate/gate.ts'
import { look } from '../gate/look.ts'
import { lookAtCall } from '../hooks/look-at-call.ts'
import { block, letPass, tell } from '../hooks/verdict.ts'
import { hook } from '../hooks/within.ts'
import { printable } from '../render/printable.ts'

/** Below what `broker init` writes as the limit of the tool. */
const SCAN_MS = 25_000
const LOOK_MS = 5_000
const SHOWN = 10

export const sessionStart = async (
  cli: Cli,
  { warn = false }: { readonly warn?: boolean },
): Promise<number> =>
  await hook(cli, SCAN_MS, async (event) => {
    const cwd = event.cwd ?? event.workspace_roots?.[0] ?? cli.cwd
    const gate = gateOf({ cwd, findings: [], reason: '', off: false }, (place) => look(cli, place))
    try {
      await gate({ env: cli.env })
      return letPass(cli, event)
    } catch (error) {
      if (!(error instanceof FoundSecretsError)) throw error
      return (warn ? tell : block)(cli, event, reasonOf(error))
    }
  })

export const preTool = async (cli: Cli): Promise<number> =>
  await hook(cli, LOOK_MS, async (event) => {
    const reason = lookAtCall(cli, event)
    return reason === undefined ? letPass(cli, event) : block(cli, event, `blocked: ${reason}`)
  })

/** Where and what, never the value: a model reads it. */
function reasonOf({ findings }: FoundSecretsError): string {
  const places = findings.slice(0, SHOWN).map(placed)
  const more = findings.length > SHOWN ? ` and ${findings.length - SHOWN} more` : ''
  return `secrets lie where the agent works: ${places.join(', ')}${more}. A person moves them with \`broker root add\` and deletes them here; \`broker scan\` shows them. Do not open these files.`
}

const placed = ({ path, line, title }: GateFinding): string =>
  printable(`${path}${line === undefined ? '' : `:${line}`} (${title})`)
