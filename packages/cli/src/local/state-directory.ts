import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where a broker of this machine keeps its state, unless told otherwise. */
export function stateDirectory(env: Readonly<Record<string, string | undefined>>): string {
  if (env['BROKER_STATE_DIR']) return env['BROKER_STATE_DIR']
  if (process.getuid?.() === 0) return '/var/lib/credbroker'
  return join(env['XDG_DATA_HOME'] || join(env['HOME'] || homedir(), '.local', 'share'), 'credbroker')
}
