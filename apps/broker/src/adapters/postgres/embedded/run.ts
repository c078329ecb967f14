import { type ChildProcess, spawn } from 'node:child_process'
import type { OsUser } from './os-user.ts'

export interface RunResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  /** Whom to become; absent: ourselves. Supplementary groups are dropped with the uid. */
  readonly user?: OsUser | undefined
  readonly cwd?: string
  /** Written to its standard input; absent: it has none. */
  readonly input?: string
}

/** What a PostgreSQL program is given of our environment: nothing. Credentials live in ours. */
export const childEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const

/** How to start a program as `user` without handing it our environment. */
export function spawnOptions({ user, cwd }: RunOptions) {
  return {
    cwd: cwd ?? '/',
    env: { ...childEnvironment },
    ...(user && { uid: user.uid, gid: user.gid }),
  }
}

/** Runs a program to its end. Rejects only if it cannot be started (`EACCES`, `ENOENT`). */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(file, [...args], {
      ...spawnOptions(options),
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
