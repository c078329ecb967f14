import { homedir, userInfo } from 'node:os'
import { gitTreeOf } from '../local/git-tree.ts'
import { LocalError } from '../usage-error.ts'
import { cannotEnclose, whyNoBubblewrap } from './bubblewrap.ts'
import type { Sandbox } from './enclosure.ts'
import { layoutOf } from './layout.ts'
import { brokerPlaces, programPlaces } from './own-places.ts'
import { real, within } from './paths.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface SandboxOptions {
  readonly cwd: string
  readonly env: Env
  /** Paths that are let in besides, and those that may be changed. */
  readonly read: readonly string[]
  readonly write: readonly string[]
}

/** @throws LocalError where none can be made, or nothing would be left outside of it */
export async function findSandbox(options: SandboxOptions, platform = process.platform): Promise<Sandbox> {
  const { cwd, env, read, write } = options
  const homes = homesOf(env)
  const layout = layoutOf({
    cwd,
    workspace: await workspaceOf(cwd, homes),
    homes,
    path: env['PATH'] ?? '',
    program: programPlaces(),
    read,
    write,
    brokers: brokerPlaces(env),
  })
  if (platform === 'linux') {
    const why = await whyNoBubblewrap()
    if (why !== undefined) throw cannotEnclose(why, env)
    const { encloseInBubblewrap } = await import('./enclose.ts')
    return { kind: 'bubblewrap', layout, enclose: (run) => encloseInBubblewrap(layout, run) }
  }
  if (platform === 'darwin') {
    const { encloseInSeatbelt } = await import('./seatbelt.ts')
    return { kind: 'sandbox-exec', layout, enclose: (run) => encloseInSeatbelt(layout, run) }
  }
  throw new LocalError('There is no sandbox for this system.', {
    advice:
      'Run it on Linux (WSL 2 is one) or macOS, or in a container with a user and a network of its own.',
  })
}

/** A user of many containers has no entry in the user database, or `/` for a home, which holds nothing of theirs. */
function homesOf(env: Env): readonly string[] {
  const asked = [() => env['HOME'], homedir, () => userInfo().homedir].map((ask) => {
    try {
      return ask() ?? '/'
    } catch {
      return '/'
    }
  })
  return asked.filter((home) => home !== '/')
}

/** A home that is a git work tree is no workspace; the directory itself may be. */
async function workspaceOf(cwd: string, homes: readonly string[]): Promise<string> {
  const tree = await gitTreeOf(cwd)
  return tree === undefined || homes.some((home) => within(real(home) ?? home, tree)) ? cwd : tree
}
