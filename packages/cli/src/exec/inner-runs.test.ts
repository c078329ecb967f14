import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Broker } from '@credbroker/sdk/broker'
import { outerRun } from '@credbroker/sdk/outer-run'
import { OUTER } from '@credbroker/sdk/outer-variables'
import { readLine } from '@credbroker/sdk/read-line'
import type { Task } from '@credbroker/sdk/task'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeBroker, fakeBroker } from '../../../sdk/test/fake-broker.ts'
import { fakeAws } from '../../../sdk/test/fake-credentials.ts'
import { type InnerRuns, serveInnerRuns } from './inner-runs.ts'

let fake: FakeBroker
let directory: string
let task: Task
let runs: InnerRuns
beforeEach(async () => {
  fake = await fakeBroker({ 's3-reports': { credential: fakeAws } })
  directory = mkdtempSync(join(tmpdir(), 'credbroker-inner-'))
  const wanted = { environment: 'staging', purpose: 'outer', scopes: ['s3-reports'] }
  task = await new Broker(fake.profile).startTask(wanted)
  runs = await serveInnerRuns(task, directory, 'brk_run_x')
})
afterEach(async () => {
  runs[Symbol.dispose]()
  rmSync(directory, { recursive: true })
  await fake[Symbol.asyncDispose]()
})

const inner = { environment: 'staging', purpose: 'inner', scopes: ['s3-reports'] }
const ask = (env = runs.env, wanted: object = {}) =>
  (outerRun(env, {}) as NonNullable<ReturnType<typeof outerRun>>).startTask({ ...inner, ...wanted })

describe('a run inside another', () => {
  it('works in a child task, with a key that the run around it never sees', async () => {
    const child = await ask()
    expect(fake.tasks.get(child.id)).toMatchObject({ parent: task.id, purpose: 'inner' })
    await child.credential('s3-reports')
    await child.end()
    expect(task.state).toBe('active')
  })

  it('hears what the run around it has said of stray secrets', async () => {
    expect(await outerRun(runs.env)?.access()).not.toHaveProperty('scan')
    const scan = {
      state: 'allowed',
      allowed: [{ finding: 'fnd_0123456789ab', reason: 'a test key' }],
    } as const
    const other = mkdtempSync(join(directory, 'other-'))
    using telling = await serveInnerRuns(task, other, 'brk_run_y', scan)
    expect(await outerRun(telling.env)?.access()).toMatchObject({ scan })
  })

  it('is told neither key nor token of the run around it (I1)', async () => {
    const socket = connect(runs.env[OUTER.socket] as string)
    socket.write(`${JSON.stringify({ secret: 'brk_run_x' })}\n`)
    expect(JSON.parse(await readLine(socket))).toEqual({
      lender: { url: fake.url, task: task.id, environment: 'staging' },
      grants: task.grantViews,
    })
    socket.destroy()
  })

  it('is refused in another environment, before the broker is asked', async () => {
    const before = fake.calls.length
    await expect(ask(runs.env, { environment: 'production' })).rejects.toMatchObject({
      code: 'environment_mismatch',
      status: 403,
    })
    expect(fake.calls).toHaveLength(before)
  })

  it('hears what the broker said', async () => {
    await expect(ask(runs.env, { ttl: 'soon' })).rejects.toMatchObject({ code: 'invalid_request' })
    await task.end()
    await expect(ask()).rejects.toMatchObject({ code: 'task_ended', status: 403 })
  })

  it.each([
    ['with another secret', () => ({ ...runs.env, [OUTER.secret]: 'brk_run_y' })],
    ['where there is no such socket', () => ({ ...runs.env, [OUTER.socket]: join(directory, 'none.sock') })],
    [
      'when the run around it has ended',
      () => {
        runs[Symbol.dispose]()
        return runs.env
      },
    ],
  ])('gets nothing %s', async (_when, env) => {
    await expect(ask(env())).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('a command outside of any run finds none', () => {
    expect(outerRun({}, {})).toBeUndefined()
  })

  it('a directory too deep for a socket is no fault of the command: there are no runs inside then', async () => {
    using none = await serveInnerRuns(task, join(directory, 'x'.repeat(120)), 'brk_run_x')
    expect(none.env).toEqual({})
  })
})
