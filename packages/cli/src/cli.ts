/** What a command may use of the outside world, and what the person who called it asked of all commands. */
export interface Cli {
  /** Writes as it is: one JSON document, or text that {@link printable} made safe for a terminal. */
  readonly out: (text: string) => void
  /** What is no text of ours: bytes, as they are. Ready when there is room for more. */
  readonly outBytes: (bytes: Uint8Array) => Promise<void>
  readonly err: (text: string) => void
  readonly stdin: NodeJS.ReadStream
  /** Both ends are a terminal and nobody asked for JSON: it may ask questions. */
  readonly interactive: boolean
  /** How wide the terminal is that reads the answer; undefined where a file or a program does. */
  readonly columns?: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly now: () => Date
  /** Fills the bytes with random ones and returns them. */
  readonly random: (bytes: Uint8Array) => Uint8Array
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  readonly json: boolean
  /** `--url`: another broker than the profile's. */
  readonly url?: string
  /** `--profile`. */
  readonly profile?: string
}

/** The exit codes of every command. `exec` answers with the child's own. */
export const EXIT = { ok: 0, failed: 1, usage: 2, denied: 3, pending: 4, findings: 5 } as const

/**
 * One way to run one command: the options by their long name in camel case, then the arguments in order. The
 * parser has checked both against the command's declaration, which is why each command may name their types itself.
 */
// biome-ignore lint/suspicious/noExplicitAny: the declaration in tree/ is what types the arguments
export type Run = (cli: Cli, options: any, ...args: any[]) => Promise<number>
