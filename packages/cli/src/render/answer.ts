import type { Cli } from '../cli.ts'

/** The one way a command answers: with `--json` one document of the documented shape, otherwise `text`, made for the width of the terminal. */
export function answer(cli: Cli, value: unknown, text: (columns?: number) => string): void {
  cli.out(cli.json ? `${JSON.stringify(value)}\n` : text(cli.columns))
}
