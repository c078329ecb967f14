import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stateDirectory } from '../local/state-directory.ts'
import { profileDirectory } from '../profile.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Where brokers of this machine, and who uses them, keep keys and state. */
export function brokerPlaces(env: Env): string[] {
  const profiles = profileDirectory(env)
  const files = [env['BROKER_KEYFILE'], env['BROKER_KEY_PASSPHRASE_FILE']].filter(
    (path) => path !== undefined,
  )
  return [
    dirname(profiles),
    stateDirectory(env),
    '/var/lib/credbroker',
    '/etc/credbroker',
    ...files,
    ...statesOf(profiles),
  ]
}

/** `broker dev` may have been told another state directory: its profile says which. */
function statesOf(profiles: string): string[] {
  try {
    return readdirSync(profiles).flatMap((name) => {
      const { stateDir } = JSON.parse(readFileSync(join(profiles, name), 'utf8')) as { stateDir?: unknown }
      return typeof stateDir === 'string' ? [stateDir] : []
    })
  } catch {
    return []
  }
}

/** The Node that runs us, and the tree of the `broker` command, so that it works inside as well. */
export function programPlaces(): string[] {
  let tree = import.meta.dirname
  while (!existsSync(join(tree, 'pnpm-workspace.yaml')) && tree !== dirname(tree)) tree = dirname(tree)
  return [process.execPath, ...(tree === dirname(tree) ? [] : [tree])]
}
