import type { Problem } from '@credbroker/core/errors'

/** The command line itself is wrong. `advice` says what to type instead. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly advice: string | undefined

  constructor(message: string, advice?: string) {
    super(message)
    this.advice = advice
  }
}

/** Something on this machine stops the command: a file, a setting, an answer that cannot be read. Exit code 1. */
export class LocalError extends Error {
  override readonly name = 'LocalError'
  readonly advice: string | undefined
  readonly problems: readonly Problem[]

  constructor(
    message: string,
    options: { advice?: string; problems?: readonly Problem[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.advice = options.advice
    this.problems = options.problems ?? []
  }
}
