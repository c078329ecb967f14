import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import { gitTreeOf } from '../local/git-tree.ts'
import { type Allowance, decideFindings } from './decide-findings.ts'
import type { GateFinding } from './finding.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface GateOptions extends Allowance {
  readonly cwd: string
  /** Nobody looks, and the record says so. */
  readonly off: boolean
}

/** What the command is about to see. */
export interface InSight {
  /** What is left of the environment for it. */
  readonly env: Env
  /** In a sandbox: what it leaves visible. Absent, the command sees whatever this user does. */
  readonly visible?: ((path: string) => boolean) | undefined
}

/** Looks for stray secrets below these directories and in these variables. */
export type Look = (place: InSight & { readonly roots: readonly string[] }) => Promise<readonly GateFinding[]>

/** Passed before a task starts. @throws FoundSecretsError where the command must not start */
export type Gate = (sight: InSight) => Promise<ScanClaim>

/**
 * The workspace and the environment, before anything is granted: a command that finds a key there needs no broker. It keeps no
 * command from looking elsewhere; a sandbox does.
 */
export const gateOf =
  (options: GateOptions, look: Look): Gate =>
  async (sight) => {
    if (options.off) return { state: 'off' }
    const workspace = await workspaceOf(options.cwd)
    const found = await look({ ...sight, roots: [workspace] })
    return decideFindings(
      found.map((one) => ({ ...one, path: seenFrom(options.cwd, workspace, one) })),
      options,
    )
  }

/** As whoever started the run would name it. */
const seenFrom = (cwd: string, workspace: string, { path }: GateFinding): string =>
  path.startsWith('env:') ? path : relative(cwd, join(workspace, path))

/** The git work tree around a directory, or itself. A home that is one is no workspace. */
async function workspaceOf(cwd: string): Promise<string> {
  const tree = await gitTreeOf(cwd)
  const home = homedir()
  return tree === undefined || home === tree || home.startsWith(`${tree}/`) ? cwd : tree
}
