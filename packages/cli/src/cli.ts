import type { FillRandom } from '@credbroker/core/ids'

/** What a command may use of the outside world, and what the person who called it asked of all commands. */
export interface Cli {
  /** Writes as it is: one JSON document, or text that {@link printable} made safe for a terminal. */
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly stdin: NodeJS.ReadStream
  /** Both ends are a terminal and nobody asked for JSON: it may ask questions. */
  readonly interactive: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly now: () => Date
  readonly random: FillRandom
  readonly fetch: typeof fetch
  readonly json: boolean
  /** `--url`: another broker than the profile's. */
  readonly url?: string
  /** `--profile`. */
  readonly profile?: string
}

/** The exit codes of every command. `exec` answers with the child's own. */
export const EXIT = { ok: 0, failed: 1, usage: 2, denied: 3, pending: 4, findings: 5 } as const

/** One way to run one command: options by their long name in camel case, then the arguments in order. */
export type Run<Options = never, Args extends readonly unknown[] = never> = (
  cli: Cli,
  options: Options,
  ...args: Args
) => Promise<number>
