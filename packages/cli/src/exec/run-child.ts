import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { SignalWatch } from './signals.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A way to start a command, and to hand it signals. */
export type Start = (
  command: readonly string[],
  env: Env,
) => { readonly child: ChildProcess; readonly deliver: (signal: NodeJS.Signals) => void }

/** In our process group, so that a terminal's foreground stays where it is. */
const beside: Start = ([program = '', ...args], env) => {
  const child = spawn(program, args, { env, stdio: 'inherit' })
  return { child, deliver: (signal) => void child.kill(signal) }
}

/**
 * Runs the command and passes signals on.
 *
 * @returns its exit code; 128 and the number of the signal when one ended it
 * @throws NotStartedError when it cannot be started
 */
export async function runChild(
  command: readonly string[],
  env: Env,
  signals: SignalWatch,
  start: Start = beside,
): Promise<number> {
  const { child, deliver } = start(command, env)
  signals.forwardTo(deliver)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(new NotStartedError(command[0] ?? '', error.code)),
      )
      child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : exitCodeOf(signal)))
    })
  } finally {
    signals.forwardTo(undefined)
  }
}

/** With the exit code that a shell answers with: 127 not found, 126 found and not to be run. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError'
  readonly exitCode: number

  constructor(program: string, code: string | undefined) {
    const missing = code === 'ENOENT'
    super(`${program}: ${missing ? 'command not found' : `cannot be started (${code})`}`)
    this.exitCode = missing ? 127 : 126
  }
}

export const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal]
