import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { saveProfile } from '@credbroker/cli/profile'
import { bundle } from '../lab/broker.ts'
import { ENVIRONMENT, SCOPES } from '../lab/lab.ts'
import { asSuperuser } from '../lab/postgres.ts'
import { median } from '../lab/stats.ts'
import { type Measurement, round } from '../row.ts'

const PAIRS = 11
const COLD_PAIRS = 5
const BUDGET_MS = 250

/** A workspace of an ordinary size, looked through before each start. */
const FILES = 1_000
/** A file that changed a moment ago is looked into again. */
const SETTLED_MS = 2_100

/** The broker keeps the connection of a root for half a minute. */
const LOSE_KEPT = `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = 'minter'`

/** `broker exec -- true` over `node -e 0`: look for stray secrets where nothing changed, sign in, start a task, deliver its credentials, run, end the task. */
export const execOverhead: Measurement = {
  name: 'exec_overhead',
  async run(open) {
    const { agent, directory, issuer, postgres } = await open()
    const env = { PATH: process.env['PATH'], HOME: directory, XDG_CONFIG_HOME: join(directory, 'config') }
    const keyEndsAt = new Date(Date.now() + 3600_000).toISOString()
    const { principal, key } = agent
    await saveProfile(env, 'default', { url: issuer, issuer, principal, key: key.privateJwk, keyEndsAt })
    const workspace = await workspaceIn(directory)
    const exec = [bundle, 'exec', '--env', ENVIRONMENT, '--scope', SCOPES[0], '--purpose', 'bench', '--']
    const overheads: number[] = []
    const colds: number[] = []
    const nodes: number[] = []
    for (let pair = -1; pair < PAIRS + COLD_PAIRS; pair++) {
      const cold = pair >= PAIRS
      if (cold) await asSuperuser(postgres, 'postgres', [LOSE_KEPT])
      const plain = await timed(['-e', '0'], env, workspace)
      const wrapped = await timed([...exec, 'true'], env, workspace)
      if (pair < 0) continue
      nodes.push(plain)
      ;(cold ? colds : overheads).push(wrapped - plain)
    }
    const overhead = median(overheads)
    return {
      name: 'exec_overhead',
      value: round(overhead, 0),
      unit: 'ms',
      yardstick: `${round(median(nodes), 0)} ms node -e 0`,
      ratio: null,
      budget: `< ${BUDGET_MS} ms`,
      ok: overhead < BUDGET_MS,
      detail: `median of ${PAIRS} pairs; from ${round(Math.min(...overheads), 0)} to ${round(Math.max(...overheads), 0)} ms; ${round(median(colds), 0)} ms when the broker has no connection to the vendor open`,
    }
  },
}

async function workspaceIn(directory: string): Promise<string> {
  const workspace = join(directory, 'workspace')
  for (let at = 0; at < FILES; at++) {
    const folder = join(workspace, `src-${at % 20}`)
    if (at < 20) await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `part-${at}.ts`), `export const part${at} = ${at}\n`.repeat(40))
  }
  await sleep(SETTLED_MS)
  return workspace
}

async function timed(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, args, { env, cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`exec failed: ${said}`)
  return performance.now() - began
}
