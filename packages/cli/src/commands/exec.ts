import type { Cli } from '../cli.ts'
import { runExec } from '../exec/exec.ts'
import { loadProfile } from '../profile.ts'

export async function run(cli: Cli, options: object, command: readonly string[]): Promise<number> {
  void cli, options, command, runExec, loadProfile
  throw new Error('not wired')
}
