import { z } from 'zod'
import { insideRun } from '../agent-broker.ts'
import type { Cli } from '../cli.ts'
import { refuseSecretArguments } from '../secret-arguments.ts'
import { isCredentialFile } from './credential-file.ts'
import type { HookEvent } from './event.ts'

/** What fetches by itself; an SDK in a script is not seen here. */
const FETCHES = /(?:^|[\s;&|(`])(?:curl|wget|http|https|xh|httpie)\s/
/** Vendors for whose calls there is a connector. */
const VENDORS =
  /\b(?:api\.github\.com|(?:backboard|api)\.railway\.(?:app|com)|api\.cloudflare\.com|api\.stripe\.com|[a-z0-9.-]+\.amazonaws\.com)\b/

const input = z.object({
  command: z.string().optional(),
  file_path: z.string().optional(),
  path: z.string().optional(),
  notebook_path: z.string().optional(),
})

/**
 * Why a call of a tool is blocked, or undefined. A few plain things, told by their form: what is hidden from it, a script,
 * a variable, another encoding, is not seen. What holds is that the broker gives no root out.
 */
export function lookAtCall(
  cli: Pick<Cli, 'env' | 'cwd' | 'profile' | 'url'>,
  event: HookEvent,
): string | undefined {
  const given = input.parse(inputOf(event))
  const at = { env: cli.env, cwd: event.cwd ?? cli.cwd }
  const files = [event.file_path, given.file_path, given.path, given.notebook_path].filter(
    (path) => path !== undefined,
  )
  if (files.some((path) => isCredentialFile(at, path))) return FILE
  const command = event.command ?? given.command
  if (command !== undefined) {
    const words = command.split(/[\s"'`;|&()<>=@]+/).filter(Boolean)
    if (words.some((word) => isCredentialFile(at, word))) return FILE
    if (carriesSecret([command, ...command.split(/[\s"'`]+/)])) return SECRET
    if (FETCHES.test(command) && VENDORS.test(command) && !insideRun(cli)) return VENDOR
  }
  return isMcp(event) && carriesSecret(textsOf(inputOf(event))) ? SECRET : undefined
}

const FILE =
  'that file is one in which credentials are kept. Ask for access instead: request_access, or `broker exec --env E --scope S --purpose P -- CMD`.'
const SECRET =
  'that call carries a credential. Leave it out: in `broker exec` the tools have their credentials already.'
const VENDOR =
  'that goes to a vendor past the broker. Use run_operation, `broker call`, or the same command in `broker exec`.'

function inputOf({ tool_input = {} }: HookEvent): unknown {
  return typeof tool_input === 'string' ? JSON.parse(tool_input) : tool_input
}

const isMcp = ({ hook_event_name, tool_name = '' }: HookEvent): boolean =>
  hook_event_name === 'beforeMCPExecution' || /^mcp_/i.test(tool_name)

function carriesSecret(texts: readonly string[]): boolean {
  try {
    refuseSecretArguments(texts.filter((text) => text !== '--'))
    return false
  } catch {
    return true
  }
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}
