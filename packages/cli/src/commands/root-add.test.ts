import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { brokerDouble, enrolledAt } from '../../test/broker-double.ts'
import { type Sandbox, sandbox } from '../../test/run-cli.ts'

const view = {
  name: 'orders-db',
  provider: 'postgres-role',
  state: 'usable',
  environments: ['staging'],
  identity: 'minter',
  reach: [],
  unclaimed: [],
  findings: [
    { level: 'advice', code: 'b', message: 'second' },
    { level: 'unsafe', code: 'a', message: 'first' },
  ],
  owner: 'mia',
  recovery: {},
  capabilities: ['revoke'],
  disabled: false,
  tampered: false,
}
const add = ['root', 'add', 'orders-db', '--provider', 'postgres-role', '--env', 'staging', '--owner', 'mia']

const run = async (
  args: readonly string[],
  stdin: string,
  prepare: (here: Sandbox) => Promise<unknown> = async () => {},
) => {
  await using here = await sandbox()
  await using broker = await brokerDouble({ 'POST /v1/roots': [201, view] })
  await enrolledAt(broker.url, here.env)
  await prepare(here)
  const ran = await here.run(args, stdin)
  return { ...ran, sent: broker.seen.find(({ path }) => path === '/v1/roots')?.body }
}

it('sends what came on standard input, and shows the findings with the worst first', async () => {
  const { code, out, sent } = await run(
    [...add, '--on-call', 'night'],
    '{"user":"minter","password":"hunter2"}\n',
  )
  expect(code).toBe(0)
  expect(sent).toMatchObject({
    name: 'orders-db',
    on_call: 'night',
    secret: { user: 'minter', password: 'hunter2' },
  })
  expect(out.indexOf('first')).toBeLessThan(out.indexOf('second'))
  expect(out).not.toContain('hunter2')
})

it('takes a bare postgres:// URL as it is', async () => {
  const { sent } = await run(add, 'postgres://minter:hunter2@db/orders')
  expect(sent).toMatchObject({ secret: 'postgres://minter:hunter2@db/orders' })
})

it('reads a file and names it until it is gone', async () => {
  const { code, err } = await run([...add, '--secret-file', 's'], '', ({ directory }) =>
    writeFile(join(directory, 's'), '{"a":1}'),
  )
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/^warning: .*\/s still holds the credential\./),
  })
})

it('refuses a file inside a git work tree, also through a link', async () => {
  const { code, err, sent } = await run([...add, '--secret-file', 'link'], '', async ({ directory }) => {
    await mkdir(join(directory, 'tree', '.git'), { recursive: true })
    await writeFile(join(directory, 'tree', 's'), '{"a":1}')
    await symlink(join(directory, 'tree', 's'), join(directory, 'link'))
  })
  expect({ code, err, sent }).toEqual({
    code: 1,
    err: expect.stringContaining('lies inside the git work tree'),
    sent: undefined,
  })
})

it.each(['', '  \n', 'hunter2', '["hunter2"]', '{"password": "hunter2"', `"${'x'.repeat(70_000)}"`])(
  'I1: refuses what is no document without repeating it (%#)',
  async (stdin) => {
    const { code, err, out, sent } = await run(add, stdin)
    expect({ code, sent }).toEqual({ code: 1, sent: undefined })
    expect(err + out).not.toContain('hunter2')
  },
)
