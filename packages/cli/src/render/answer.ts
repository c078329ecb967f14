import type { Cli } from '../cli.ts'

/** The one way a command answers: with `--json` one document of the documented shape, otherwise `text`. */
export function answer(cli: Cli, value: unknown, text: () => string): void {
  cli.out(cli.json ? `${JSON.stringify(value)}\n` : text())
}
