import { describe, expect, it } from 'vitest'
import { exec, fake, node, printEnv, start, states } from '../../test/exec-runs.ts'

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

describe('with --wait', () => {
  const decide = (state: 'active' | 'denied') => {
    for (const [id, task] of fake.tasks) {
      const grants = task.grants.map((grant) => (grant.state === 'pending' ? { ...grant, state } : grant))
      fake.tasks.set(id, { ...task, grants })
    }
  }
  const scopes = ['s3-reports', 'orders-drop']

  it('it shows the link, begins when a person has approved, and its task is the one that they saw', async () => {
    const { done, output } = start({ scopes, wait: true, command: printEnv })
    await expect
      .poll(() => output.err, { timeout: 20_000 })
      .toContain(`orders-drop waits for a person: ${fake.url}/approvals/1`)
    expect(states()).toEqual(['active'])
    decide('active')
    expect(await done).toMatchObject({ code: 0, out: expect.stringContaining('PGUSER') })
    expect(states()).toEqual(['ended'])
  })

  it('a person’s no starts nothing', async () => {
    const { done, output } = start({ scopes, wait: true, command: printEnv })
    await expect.poll(() => output.err, { timeout: 20_000 }).toContain('waits for a person')
    decide('denied')
    expect(await done).toMatchObject({ code: 3, out: '' })
    expect(states()).toEqual(['ended'])
  })

  it('nobody is asked about a part of what was denied', async () => {
    const { code, err } = await exec({ scopes: ['orders-drop', 'prod-orders'], wait: true })
    expect(code).toBe(3)
    expect(err).not.toContain('waits')
  })

  it('who gives up ends the task', async () => {
    const { child, done, output } = start({ scopes, wait: true, command: printEnv })
    await expect.poll(() => output.err, { timeout: 20_000 }).toContain('waits for a person')
    child.kill('SIGINT')
    expect(await done).toMatchObject({ code: 130, out: '' })
    expect(states()).toEqual(['ended'])
  })
})
