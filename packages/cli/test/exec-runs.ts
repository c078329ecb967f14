import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach } from 'vitest'
import { type FakeBroker, fakeBroker } from '../../sdk/test/fake-broker.ts'
import { fakeAws, fakePostgres } from '../../sdk/test/fake-credentials.ts'
import type { ExecOptions } from '../src/exec/exec.ts'

// runExec takes over signals and standard streams, so it runs in a process of its own, as it will.
export const scratch = mkdtempSync(join(tmpdir(), 'credbroker-exec-test-'))
const driver = join(scratch, 'driver.ts')
const cli = join(import.meta.dirname, '../src')
writeFileSync(
  driver,
  `import { readFileSync } from 'node:fs'
import { runExec } from '${cli}/exec/exec.ts'
import { leanFetch } from '${cli}/exec/lean-fetch.ts'
import { gateOf } from '${cli}/gate/gate.ts'
import { Broker } from '${cli}/../../sdk/src/broker.ts'
import { Secret } from '${cli}/../../core/src/secret.ts'
const { profile, options, env, gate } = JSON.parse(readFileSync(0, 'utf8'))
const broker = new Broker({ ...profile, key: new Secret(profile.key), fetch: leanFetch })
const found = ({ env }) => gate.found.filter(({ path }) => !path.startsWith('env:') || path.slice(4) in env)
const passes = gate && { gate: gateOf({ cwd: '${scratch}', ...gate }, async (sight) => found(sight)) }
process.exitCode = await runExec(options, { broker, env, ...passes, err: (text) => process.stderr.write(text), terminal: false })
`,
)
afterAll(() => rmSync(scratch, { recursive: true }))

/** The broker of the test that runs. */
export let fake: FakeBroker
const started: ChildProcess[] = []
beforeEach(async () => {
  fake = await fakeBroker({
    'orders-ro': { credential: fakePostgres },
    's3-reports': { credential: fakeAws },
    'orders-drop': { credential: fakePostgres, state: 'pending' },
    'prod-orders': { credential: fakePostgres, state: 'denied', reason: 'it is of production' },
  })
})
afterEach(async () => {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  await fake[Symbol.asyncDispose]()
})

export const node = (script: string) => [process.execPath, '-e', script]
/** What runs keep on disk. */
export const runtime = () => readdirSync(scratch).filter((name) => name.startsWith('credbroker-exec-'))

export function start(options: Partial<ExecOptions>, env: Record<string, string> = {}, gate?: object) {
  const { key, ...profile } = fake.profile
  const child = spawn(process.execPath, [driver], { env: { PATH: process.env['PATH'], TMPDIR: scratch } })
  started.push(child)
  const given = {
    profile: { ...profile, key: key.expose() },
    options: {
      environment: 'staging',
      scopes: ['orders-ro'],
      purpose: 'test',
      command: node(''),
      ...options,
    },
    env: { PATH: process.env['PATH'] ?? '', ...env },
    ...(gate && { gate }),
  }
  child.stdin.end(JSON.stringify(given))
  const output = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    output.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.err += chunk
  })
  const done = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...output })),
  )
  return { child, done, output }
}
export const exec = (options: Partial<ExecOptions>, env?: Record<string, string>, gate?: object) =>
  start(options, env, gate).done
export const printEnv = node('console.log(JSON.stringify(process.env))')
export const states = () => [...fake.tasks.values()].map((task) => task.state)
