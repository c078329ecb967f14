import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { exec, fake, node, printEnv, runtime, scratch, start, states } from '../../test/exec-runs.ts'

const up = (output: { out: string }) => expect.poll(() => output.out, { timeout: 20_000 }).toContain('up')

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
