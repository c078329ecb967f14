import { randomFillSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { runCommandLine } from '../src/run.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A home of its own for one test, and the command run in it. */
export interface Sandbox extends AsyncDisposable {
  readonly directory: string
  readonly env: Record<string, string>
  run(args: readonly string[], stdin?: string): Promise<Ran>
}

export async function sandbox(): Promise<Sandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'credbroker-cli-'))
  const env: Record<string, string> = {
    HOME: directory,
    USER: 'mia',
    XDG_CONFIG_HOME: join(directory, 'config'),
    BROKER_STATE_DIR: join(directory, 'state'),
  }
  return {
    directory,
    env,
    async run(args, stdin = '') {
      let out = ''
      let err = ''
      const code = await runCommandLine(args, {
        out: (text) => {
          out += text
        },
        outBytes: async (bytes) => {
          out += Buffer.from(bytes).toString()
        },
        err: (text) => {
          err += text
        },
        stdin: Readable.from([stdin]) as unknown as NodeJS.ReadStream,
        interactive: false,
        env,
        cwd: directory,
        now: () => new Date(),
        random: (bytes) => randomFillSync(bytes),
        fetch: (input, init) => globalThis.fetch(input, init),
      })
      return { code, out, err }
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}
