import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@credbroker/broker/adapters/postgres/connect'
import type { OsUser } from '@credbroker/broker/adapters/postgres/embedded/passwd'
import { findPostmaster } from '@credbroker/broker/adapters/postgres/embedded/postmaster'
import { run } from '@credbroker/broker/adapters/postgres/embedded/run'
import {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@credbroker/broker/adapters/postgres/embedded/start'
import type { StartupError } from '@credbroker/broker/adapters/postgres/startup-error'
import type { Sql } from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'

const log = { info: () => {}, warn: () => {}, error: () => {} }

/** State directories, one per test, and the brokers that run on them; everything ends with the test. */
export function useStateDirectory() {
  let template = ''
  const running: EmbeddedPostgres[] = []
  const state = {
    dir: '',
    /** What the broker was told when it lost its directory. */
    lost: [] as StartupError[],
    cluster: () => ({ data: join(state.dir, 'pg', 'cluster', 'data'), view: undefined }),
    async start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
      const server = await startEmbeddedPostgres({
        stateDir: state.dir,
        log,
        onLost: (error) => state.lost.push(error),
        mayCreateOsUser: false,
        ...options,
      })
      running.push(server)
      return server
    },
    async stop(server: EmbeddedPostgres): Promise<void> {
      running.splice(running.indexOf(server), 1)
      await server.stop()
    },
    /** Spares tests that are not about it the initialisation. */
    useTemplate: () => run('cp', ['-a', join(template, 'pg'), state.dir]),
    startElsewhere: (user?: OsUser) => startElsewhere(state.dir, user),
    unfinished: async () =>
      (await readdir(join(state.dir, 'pg'))).filter((name) => name.startsWith('.unfinished')),
  }
  beforeAll(async () => {
    template = state.dir = await mkdtemp(join(tmpdir(), 'credbroker-state-'))
    await state.stop(await state.start())
  })
  afterAll(() => rm(template, { recursive: true, force: true }))
  beforeEach(async () => {
    state.dir = await mkdtemp(join(tmpdir(), 'credbroker-state-'))
    state.lost = []
  })
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop()
    const left = await findPostmaster(state.cluster())
    if (left) process.kill(left.pid, 'SIGQUIT')
    await vi.waitUntil(async () => !(await findPostmaster(state.cluster())), 20_000)
    await rm(state.dir, { recursive: true, force: true })
  })
  return state
}

export async function query<T>(server: EmbeddedPostgres, ask: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(server.target, { max: 1 })
  return await ask(sql).finally(() => sql.end({ timeout: 1 }))
}

/** A broker in a process of its own, which a test can kill. Resolves once it printed a line: a pid, or its fault. */
async function startElsewhere(
  stateDir: string,
  user?: OsUser,
): Promise<{ line: string; kill(): Promise<void> }> {
  const module = new URL('../../apps/broker/src/adapters/postgres/embedded/start.ts', import.meta.url)
  const code = `
    import { startEmbeddedPostgres } from ${JSON.stringify(module.href)}
    const log = { info() {}, warn() {}, error() {} }
    const stateDir = ${JSON.stringify(stateDir)}
    await startEmbeddedPostgres({ stateDir, log, onLost() {}, mayCreateOsUser: false }).then(
      (server) => console.log(server.pid),
      (error) => { console.log(error.fault + ': ' + error.message); process.exit(1) })
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(user && { uid: user.uid, gid: user.gid }),
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const line = await new Promise((resolve) => child.stdout.once('data', resolve))
  return {
    line: String(line).trim(),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
