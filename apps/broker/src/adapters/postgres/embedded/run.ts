import { type ChildProcess, spawn } from 'node:child_process'
import type { OsUser } from './passwd.ts'
import { throughView, type View } from './view.ts'

export interface RunResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunAs {
  /** Whom to become; absent: ourselves. Supplementary groups are dropped with the uid. */
  readonly user?: OsUser | undefined
  /** Only with a user: what the program sees differently from us. */
  readonly view?: View | undefined
}

interface RunOptions extends RunAs {
  /** Written to its standard input; absent: it has none. */
  readonly input?: string
}

/** What a PostgreSQL program is given of our environment: nothing. Credentials live in ours. */
export const childEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const

/** How to start a program as somebody else, without handing it our environment. */
export function command(program: string, args: readonly string[], { user, view }: RunAs) {
  const options = { cwd: '/', env: { ...childEnvironment } }
  if (!user) return { file: program, args, options }
  if (!view) return { file: program, args, options: { ...options, uid: user.uid, gid: user.gid } }
  const [file = program, ...rest] = throughView(view, user, program, args)
  return { file, args: rest, options }
}

/** Runs a program to its end. Rejects only if it cannot be started (`EACCES`, `ENOENT`). */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const start = command(program, args, options)
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(start.file, [...start.args], {
      ...start.options,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    child.on('error', reject)
    // A program that ends without reading is judged by its exit code.
    child.stdin?.on('error', () => {}).end(options.input)
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
  })
}
