import type { Cli } from '../cli.ts'
import { cacheDirectory } from '../scan/places.ts'
import { scan } from '../scan/scan.ts'
import type { GateFinding } from './finding.ts'
import type { Look } from './gate.ts'

/** With the engine of `broker scan`, and what it remembers of the last time. */
export async function look(
  cli: Pick<Cli, 'env' | 'now'>,
  place: Parameters<Look>[0],
): Promise<readonly GateFinding[]> {
  const { found } = await scan({ ...place, now: cli.now, cacheDirectory: cacheDirectory(cli.env) })
  return found.map(({ finding }) => finding)
}
