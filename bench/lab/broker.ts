import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** `broker serve` from the bundles, in a process of its own. */
export interface BrokerProcess {
  readonly url: string
  readonly pid: number
  /** From spawning until it said that it serves. */
  readonly readyMs: number
  stop(): Promise<void>
}

export const bundle = join(import.meta.dirname, '../../dist/broker.js')

export interface BrokerOptions {
  readonly databaseUrl: string
  readonly keyfile: string
  readonly port: number
  /** What proofs name; the same for every replica. */
  readonly publicUrl: string
  readonly env?: Readonly<Record<string, string>>
}

export async function startBroker(options: BrokerOptions): Promise<BrokerProcess> {
  const { databaseUrl, keyfile, port, publicUrl, env = {} } = options
  const began = performance.now()
  const child = spawn(process.execPath, [bundle, 'serve', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATABASE_URL: databaseUrl,
      BROKER_KEYFILE: keyfile,
      BROKER_PUBLIC_URL: publicUrl,
      PORT: String(port),
      BROKER_LOG_LEVEL: 'error',
      BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS: '1',
      ...env,
    },
  })
  // However we end, it does not outlive us.
  const end = () => child.kill('SIGTERM')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  const greeting = await firstLine(child)
  const readyMs = performance.now() - began
  return {
    url: `http://127.0.0.1:${port}`,
    pid: greeting.pid,
    readyMs,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function firstLine(child: ChildProcess): Promise<{ pid: number }> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const ended = new AbortController()
  for (const event of ['exit', 'error']) child.once(event, () => ended.abort())
  const [line] = (await once(lines, 'line', { signal: ended.signal }).catch(() => {
    throw new Error('the broker ended before it served')
  })) as [string]
  return JSON.parse(line)
}
