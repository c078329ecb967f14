import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeBroker, fakeBroker } from '../../../sdk/test/fake-broker.ts'
import { fakeAws, fakePostgres } from '../../../sdk/test/fake-credentials.ts'
import type { ExecOptions } from './exec.ts'

// runExec takes over signals and standard streams, so it runs in a process of its own, as it will.
const scratch = mkdtempSync(join(tmpdir(), 'credbroker-exec-test-'))
const driver = join(scratch, 'driver.ts')
const here = import.meta.dirname
writeFileSync(
  driver,
  `import { readFileSync } from 'node:fs'
import { runExec } from '${here}/exec.ts'
import { leanFetch } from '${here}/lean-fetch.ts'
import { gateOf } from '${here}/../gate/gate.ts'
import { Broker } from '${here}/../../../sdk/src/broker.ts'
import { Secret } from '${here}/../../../core/src/secret.ts'
const { profile, options, env, gate } = JSON.parse(readFileSync(0, 'utf8'))
const broker = new Broker({ ...profile, key: new Secret(profile.key), fetch: leanFetch })
const found = ({ env }) => gate.found.filter(({ path }) => !path.startsWith('env:') || path.slice(4) in env)
const passes = gate && { gate: gateOf({ cwd: '${scratch}', ...gate }, async (sight) => found(sight)) }
process.exitCode = await runExec(options, { broker, env, ...passes, err: (text) => process.stderr.write(text), terminal: false })
`,
)
afterAll(() => rmSync(scratch, { recursive: true }))

let fake: FakeBroker
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

const node = (script: string) => [process.execPath, '-e', script]
const runtime = () => readdirSync(scratch).filter((name) => name.startsWith('credbroker-exec-'))

function start(options: Partial<ExecOptions>, env: Record<string, string> = {}, gate?: object) {
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
const exec = (options: Partial<ExecOptions>, env?: Record<string, string>, gate?: object) =>
  start(options, env, gate).done
const printEnv = node('console.log(JSON.stringify(process.env))')
const up = (output: { out: string }) => expect.poll(() => output.out, { timeout: 20_000 }).toContain('up')
const states = () => [...fake.tasks.values()].map((task) => task.state)

describe('stray secrets where the command works', () => {
  const key = { id: 'f-1', title: 'AWS secret access key', path: 'old/.env', line: 3 }
  const gate = (more: object = {}) => ({ found: [key], findings: [], reason: '', off: false, ...more })

  it('keep it from starting: no task is started, and the ways out are said', async () => {
    const { code, out, err } = await exec({ command: node('console.log("ran")') }, {}, gate())
    expect([code, out, states()]).toEqual([5, '', []])
    expect(err).toContain('old/.env:3  AWS secret access key  (f-1)')
    expect(err).toContain('--allow-finding f-1 --reason TEXT')
    const { code: again, err: json } = await exec({ json: true }, {}, gate())
    expect([again, JSON.parse(json)]).toEqual([5, { event: 'stopped', findings: [key] }])
  })

  it('in variables count where the command would have them, and not where they are withheld', async () => {
    const found = [{ id: 'f-2', title: 'a token', path: 'env:DEPLOY_TOKEN' }]
    const env = { DEPLOY_TOKEN: 'a-stray-token' }
    expect((await exec({}, env, gate({ found }))).code).toBe(0)
    expect((await exec({ keepEnv: ['DEPLOY_TOKEN'] }, env, gate({ found }))).code).toBe(5)
  })

  it('that are let pass, or that nobody looked for, are said of the task', async () => {
    const reason = 'test data'
    expect((await exec({}, {}, gate({ findings: ['f-1'], reason }))).code).toBe(0)
    expect((await exec({}, {}, gate({ off: true }))).code).toBe(0)
    expect((await exec({}, {}, gate({ found: [] }))).code).toBe(0)
    const claims = [...fake.tasks.values()].map(({ scan }) => scan)
    expect(claims).toEqual(['allowed', 'off', 'clean'])
  })
})

describe('the command', () => {
  it('gets what it asked for and nothing that lay around', async () => {
    const { code, out, err } = await exec(
      { scopes: ['orders-ro', 's3-reports'], command: printEnv, keepEnv: ['ANTHROPIC_API_KEY'] },
      {
        GITHUB_TOKEN: 'ghp_stray-canary',
        RAILWAY_TOKEN: 'stray-canary',
        ANTHROPIC_API_KEY: 'sk-ant-kept',
        AWS_PROFILE: 'prod',
        PGPASSWORD: 'stray-canary',
        BROKER_PROFILE: 'fixer',
        EDITOR: 'vi',
      },
    )
    const env = JSON.parse(out) as Record<string, string>
    expect(code).toBe(0)
    expect(out).not.toMatch(/stray|aws-canary|session-canary|pg-canary/)
    expect(env).toMatchObject({
      EDITOR: 'vi',
      ANTHROPIC_API_KEY: 'sk-ant-kept',
      PGSERVICE: 'orders-ro',
      PGUSER: 'brk_dep_lease1',
      PGHOST: '127.0.0.1',
      AWS_REGION: 'eu-central-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    })
    expect(env['AWS_CONTAINER_CREDENTIALS_FULL_URI']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/s3-reports$/)
    expect(env).not.toHaveProperty('AWS_PROFILE')
    expect(env).not.toHaveProperty('BROKER_PROFILE')
    expect(err).toMatch(
      /^credbroker: task tsk_\w+ in staging: orders-ro \(read, until \d\d:\d\d\), s3-reports .*; withheld: .* and 2 more\n$/,
    )
  })

  it('finds the AWS keys of the run at the endpoint, and no longer once it has ended', async () => {
    const ask = `fetch(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI, { headers: { authorization: process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN } })`
    const { out } = await exec({
      scopes: ['s3-reports'],
      command: [
        'sh',
        '-c',
        `"${process.execPath}" -e "$0"; echo; echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI"`,
        `${ask}.then((r) => r.text()).then((t) => process.stdout.write(t))`,
      ],
    })
    // Node’s fetch sends Sec-Fetch-Mode as browsers do, and is refused like one.
    expect(out).toContain('answers to the command')
    await expect(fetch(out.trim().split('\n').at(-1) as string)).rejects.toThrow('fetch failed')
  })

  it('leaves nothing behind: leases dead, task ended, files gone', async () => {
    const { out } = await exec({ command: node('console.log(process.env.PGPASSFILE)') })
    expect(out.trim().startsWith(scratch)).toBe(true)
    expect(existsSync(out.trim())).toBe(false)
    expect(runtime()).toEqual([])
    expect(fake.leases.map((lease) => lease.credential_dead)).toEqual([true])
    expect(states()).toEqual(['ended'])
    expect([...fake.tasks.values()][0]?.heartbeat_seconds).toBe(15)
  })

  it('removes what a killed run left', async () => {
    const { child, output } = start({ command: node('console.log("up"); setTimeout(() => {}, 3000)') })
    await up(output)
    child.kill('SIGKILL')
    expect(runtime()).toHaveLength(1)
    await exec({ command: node('setTimeout(() => {}, 200)') })
    expect(runtime()).toEqual([])
  })

  it.each([0, 1, 7, 255])('ends with exit code %i, and so do we', async (code) => {
    expect((await exec({ command: node(`process.exit(${code})`) })).code).toBe(code)
  })

  it('that a signal ended gives 128 and its number', async () => {
    expect((await exec({ command: node('process.kill(process.pid, "SIGKILL")') })).code).toBe(137)
  })
})

describe('signals', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)('passes on %s', async (signal) => {
    const command = node(
      `process.on('${signal}', () => process.exit(7)); console.log('up'); setInterval(() => {}, 1000)`,
    )
    const { child, done, output } = start({ command })
    await up(output)
    child.kill(signal)
    expect((await done).code).toBe(7)
    expect(states()).toEqual(['ended'])
  })

  it('I1: SIGUSR1 does not open the debugger of the process that holds the key', async () => {
    const { child, done, output } = start({
      command: ['sh', '-c', 'trap "exit 9" USR1; echo up; while :; do sleep 0.05; done'],
    })
    await up(output)
    child.kill('SIGUSR1')
    const { code, err } = await done
    expect(code).toBe(9)
    expect(err).not.toContain('Debugger')
  })

  it('before the command began: it is not started, and the task is ended', async () => {
    let release = () => {}
    fake.settings.intercept = ({ path }) => {
      if (path !== '/v1/credentials') return undefined
      release()
      return undefined
    }
    const { child, done } = start({ command: node('console.log("ran")') })
    release = () => child.kill('SIGTERM')
    const { code, out } = await done
    // Either it had not begun, or it was ended by the signal: never "ran" with a code of its own.
    expect(code).toBe(143)
    expect(out).toBe('')
    expect(states()).toEqual(['ended'])
  })
})

describe('a refusal', () => {
  it('exits with 3, says why, and starts nothing', async () => {
    const { code, out, err } = await exec({ scopes: ['prod-orders'], command: printEnv })
    expect([code, out]).toEqual([3, ''])
    expect(err).toBe('credbroker: denied: prod-orders: it is of production\n')
    expect(fake.tasks.size).toBe(0)
  })

  it('of one scope of two starts nothing either, mints nothing and ends the task', async () => {
    const { code, out } = await exec({ scopes: ['orders-ro', 'prod-orders'], command: printEnv })
    expect([code, out, states(), fake.leases.length]).toEqual([3, '', ['ended'], 0])
  })

  it('until a person approves exits with 4 and the link', async () => {
    const { code, out, err } = await exec({
      scopes: ['orders-ro', 'orders-drop'],
      command: printEnv,
      json: true,
    })
    expect([code, out, states()]).toEqual([4, '', ['ended']])
    expect(JSON.parse(err)).toMatchObject({
      event: 'refused',
      grants: [{ scope: 'orders-drop', state: 'pending', approval_url: `${fake.url}/approvals/1` }],
    })
  })
})

describe('a failure', () => {
  it('to reach the broker exits with 1', async () => {
    await fake[Symbol.asyncDispose]()
    const { code, err } = await exec({})
    expect([code, err]).toEqual([
      1,
      `credbroker: no connection to the broker at ${fake.url} · \`broker doctor\` says more.\n`,
    ])
  })

  it('to start the command exits as a shell does and ends the task', async () => {
    const { code, err } = await exec({ command: ['credbroker-no-such-program'] })
    expect(code).toBe(127)
    expect(err).toContain('credbroker-no-such-program: command not found')
    expect((await exec({ command: [scratch] })).code).toBe(126)
    expect(states()).toEqual(['ended', 'ended'])
  })

  it('to end the task keeps the code of the command and says who ends it now', async () => {
    fake.settings.intercept = ({ path }) => (path.endsWith('/end') ? 'hang up' : undefined)
    const { code, err } = await exec({ command: node('process.exit(5)') })
    expect(code).toBe(5)
    expect(err).toContain('could not be ended; the broker ends it within 15 s')
  })

  it('of the broker to confirm the end is waited for until somebody has enough of it', async () => {
    let ending = false
    fake.settings.intercept = ({ path }) => {
      if (!path.endsWith('/end')) return undefined
      ending = true
      return 'stall'
    }
    const { child, done } = start({ command: node('process.exit(5)') })
    await expect.poll(() => ending, { timeout: 20_000 }).toBe(true)
    child.kill('SIGTERM')
    expect(await done).toMatchObject({ code: 5, err: expect.stringContaining('could not be ended') })
  })

  it('of usage exits with 2', async () => {
    expect((await exec({ command: [] })).code).toBe(2)
  })
})
