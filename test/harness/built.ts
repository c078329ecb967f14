import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const build = join(import.meta.dirname, '../../scripts/build.ts')

/** Tests run what ships. `npm test` has built it already; whoever runs vitest alone tests what is in the tree as well. */
export function setup(): void {
  execFileSync(process.execPath, [build, '--if-stale'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
