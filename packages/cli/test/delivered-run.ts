import { execFile } from 'node:child_process'
import { Broker } from '@credbroker/sdk/broker'
import { systemIo } from '@credbroker/sdk/io'
import { type FakeScope, fakeBroker } from '../../sdk/test/fake-broker.ts'
import { deliverAll } from '../src/deliver/deliver-all.ts'
import { serveInnerRuns } from '../src/exec/inner-runs.ts'
import { privateDirectory } from '../src/exec/private-directory.ts'

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** What `broker exec` sets up for a command, without the command, and by a clock that can be moved. */
export async function deliveredRun(scopes: Record<string, FakeScope>, cwd?: string) {
  const clock = { skew: 0, due: [] as (() => void)[] }
  const io = {
    ...systemIo,
    now: () => new Date(Date.now() + clock.skew),
    after: (_: number, run: () => void) => {
      clock.due.push(run)
      return () => {}
    },
  }
  const fake = await fakeBroker(scopes, io.now)
  const names = Object.keys(scopes)
  const task = await new Broker({ ...fake.profile, ...io }).startTask({
    environment: 'staging',
    purpose: 'x',
    scopes: names,
    ttl: '8h',
  })
  const files = privateDirectory({})
  const inner = await serveInnerRuns(task, files.path, 'brk_run_x')
  const delivery = await deliverAll(task, files, io, process.env['PATH'] ?? '', cwd)
  const env: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: files.path,
    ...delivery.env,
    ...inner.env,
  }
  return {
    fake,
    task,
    files,
    env,
    clock,
    /** As a command of the run would; never waits for a terminal. */
    run: (program: string, args: readonly string[], input = '', more: Record<string, string> = {}) =>
      new Promise<Ran>((resolve) => {
        const child = execFile(program, args, { env: { ...env, ...more } }, (error, out, err) =>
          resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err }),
        )
        child.stdin?.on('error', () => {})
        child.stdin?.end(input)
      }),
    /** What is left when the command has ended. */
    end() {
      delivery.stop()
      inner[Symbol.dispose]()
      files[Symbol.dispose]()
    },
    async [Symbol.asyncDispose]() {
      this.end()
      await fake[Symbol.asyncDispose]()
    },
  }
}
