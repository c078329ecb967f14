import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Broker } from '@credbroker/sdk/broker'
import type { Task } from '@credbroker/sdk/task'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeBroker, fakeBroker } from '../../../sdk/test/fake-broker.ts'
import { type Sandbox, sandbox } from '../../test/run-cli.ts'
import { type InnerRuns, serveInnerRuns } from '../exec/inner-runs.ts'
import { saveProfile } from '../profile.ts'

let fake: FakeBroker
let home: Sandbox
let task: Task
beforeEach(async () => {
  fake = await fakeBroker({ api: { gateway: { connector: 'http', hosts: ['api.vendor.test'] } } })
  home = await sandbox()
  const { url, key } = fake.profile
  const keyEndsAt = '2030-01-01T00:00:00.000Z'
  await saveProfile(home.env, 'default', { url, issuer: url, principal: 'agent:fixer', key, keyEndsAt })
  task = await new Broker(fake.profile).startTask({ environment: 'staging', purpose: 'p', scopes: ['api'] })
})
afterEach(async () => {
  await home[Symbol.asyncDispose]()
  await fake[Symbol.asyncDispose]()
})

const call = (...args: string[]) => home.run(['call', 'api', ...args, '--task', task.id])
const answering = (status: number, stream: string | Uint8Array, headers = {}) => {
  fake.gateway.settings.decide = () => ({ vendor: { status, stream, headers } })
}
const own = ['--env', 'staging', '--purpose', 'look']

describe('broker call', () => {
  it('prints the body as it came, and the status beside it', async () => {
    answering(200, 'line\n', { 'x-own': 'yes' })
    expect(await call('get', '/v1/orders?page=2')).toEqual({ code: 0, out: 'line\n', err: '200\n' })
    expect(fake.gateway.calls).toMatchObject([{ scope: 'api', method: 'GET', target: '/v1/orders?page=2' }])
    expect((await call('GET', '/', '--include')).out).toMatch(
      /^HTTP\/1.1 200\r\n[\s\S]*x-own: yes\r\n[\s\S]*\r\nline\n$/,
    )
  })

  it('sends a text, a file or standard input, and headers', async () => {
    writeFileSync(join(home.directory, 'body'), 'from a file')
    await call('POST', '/', '--data', '{"a":1}', '--header', 'X-One: 1', 'X-Two: 2')
    await call('POST', '/', '--data', '@body')
    await home.run(['call', 'api', 'POST', '/', '--data', '-', '--task', task.id], 'from outside')
    expect(fake.gateway.calls.map(({ headers, body }) => [headers['content-type'], body.toString()])).toEqual(
      [
        ['application/json', '{"a":1}'],
        [undefined, 'from a file'],
        [undefined, 'from outside'],
      ],
    )
    expect(fake.gateway.calls[0]?.headers).toMatchObject({ 'x-one': '1', 'x-two': '2' })
  })

  it('says by its exit code whose no it was', async () => {
    answering(404, 'theirs')
    expect(await call('GET', '/')).toEqual({ code: 1, out: 'theirs', err: '404\n' })
    fake.gateway.settings.decide = () => 'call_unresolved'
    expect(await call('GET', '/')).toMatchObject({ code: 3, out: '' })
    fake.gateway.settings.decide = () => 'call_refused'
    expect(await call('GET', '/')).toMatchObject({ code: 1, out: '' })
  })

  it('prints one document with --json, whatever the body is', async () => {
    answering(200, 'text', { 'content-type': 'text/plain' })
    expect(JSON.parse((await call('GET', '/', '--json')).out)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: 'text',
    })
    answering(200, new Uint8Array([0xff, 0xfe]))
    expect(JSON.parse((await call('GET', '/', '--json')).out)).toMatchObject({ body_base64: '//4=' })
  })

  it('exits with 4 and what to do where nobody wants to wait, and goes on later', async () => {
    fake.gateway.settings.decide = (_, approved) =>
      approved ? { vendor: { status: 200, stream: 'gone' } } : 'ask'
    const asked = await call('DELETE', '/1', '--no-wait')
    const [id = ''] = fake.gateway.approvals.keys()
    expect(asked.code).toBe(4)
    expect(asked.err).toContain(`approve at: http://console/approvals/${id}`)
    expect(asked.err).toContain(`--approval ${id}`)
    expect(JSON.parse((await call('DELETE', '/1', '--no-wait', '--json')).out).error.approval).toBe(id)
    Object.assign(fake.gateway.approvals.get(id) ?? {}, { state: 'approved' })
    expect(await call('DELETE', '/1', '--approval', id)).toEqual({ code: 0, out: 'gone', err: '200\n' })
  })

  it('waits otherwise, and says for whom', { timeout: 15_000 }, async () => {
    fake.gateway.settings.decide = () => 'ask'
    const running = call('DELETE', '/1')
    await expect.poll(() => fake.gateway.approvals.size).toBe(1)
    const [[id, approval] = ['', undefined]] = fake.gateway.approvals
    Object.assign(approval ?? {}, { state: 'denied', reason: 'not on a Friday' })
    const { code, err } = await running
    expect(code).toBe(3)
    expect(err).toContain(`http://console/approvals/${id}`)
    expect(err).toContain('not on a Friday')
  })

  it('can have a task of its own, which ends with it', async () => {
    expect((await home.run(['call', 'api', 'GET', '/', ...own])).code).toBe(0)
    const [, mine] = [...fake.tasks.values()]
    expect(mine).toMatchObject({ purpose: 'look', state: 'ended', heartbeat_seconds: 15 })
    expect(fake.tasks.get(task.id)?.state).toBe('active')
  })

  it.each([
    [['call', 'api', 'GET', '/', ...own, '--no-wait']],
    [['call', 'api', 'GET', '/', '--env', 'staging']],
    [['call', 'api', 'GET', '/']],
    [['call', 'api', 'GET', 'https://vendor.test/', ...own]],
    [['call', 'api', 'GE T', '/', ...own]],
    [['call', 'api', 'GET', '/', ...own, '--header', 'nonsense']],
  ])('does not guess: %j', async (args) => {
    expect((await home.run(args)).code).toBe(2)
    expect(fake.gateway.calls).toEqual([])
  })
})

describe('broker call inside a run', () => {
  let runs: InnerRuns
  let directory: string
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'credbroker-inner-'))
    runs = await serveInnerRuns(task, directory, 'brk_run_x')
    Object.assign(home.env, runs.env, { XDG_CONFIG_HOME: join(home.directory, 'nothing') })
  })
  afterEach(() => {
    runs[Symbol.dispose]()
    rmSync(directory, { recursive: true })
  })

  it('needs no key: the run makes the call in its own task', async () => {
    answering(201, 'x'.repeat(300_000), { 'x-own': 'yes' })
    const { code, out, err } = await home.run(['call', 'api', 'POST', '/v1', '--data', 'y'.repeat(300_000)])
    expect([code, out.length, err]).toEqual([0, 300_000, '201\n'])
    expect(fake.gateway.calls[0]?.body.length).toBe(300_000)
    expect([...fake.tasks.keys()]).toEqual([task.id])
  })

  it('is told what the broker refuses, and what a person has to approve', async () => {
    fake.gateway.settings.decide = () => 'call_unresolved'
    expect((await home.run(['call', 'api', 'GET', '/'])).code).toBe(3)
    fake.gateway.settings.decide = () => 'ask'
    const { code, err } = await home.run(['call', 'api', 'GET', '/', '--no-wait'])
    const [id] = fake.gateway.approvals.keys()
    expect(code).toBe(4)
    expect(err).toContain(`--approval ${id}`)
    expect((await home.run(['call', 'api', 'GET', '/../../v1/tasks'])).code).toBe(1)
  })

  it('takes nothing half for whole', async () => {
    fake.gateway.settings.decide = () => ({
      vendor: {
        status: 200,
        stream: (async function* () {
          yield 'half'
          throw new Error('cut')
        })(),
      },
    })
    expect((await home.run(['call', 'api', 'GET', '/'])).code).toBe(1)
  })

  it('gets nothing without the secret of the run', async () => {
    Object.assign(home.env, { BROKER_OUTER_SECRET: 'brk_run_y' })
    expect((await home.run(['call', 'api', 'GET', '/'])).code).toBe(1)
    expect(fake.gateway.calls).toEqual([])
  })
})
