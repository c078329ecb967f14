import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { TaskView } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finished } from '../../harness/broker.ts'
import { ROOT } from '../../harness/ordinary-user.ts'
import { needs } from '../../harness/services.ts'
import { ATTACKS } from './attacks.ts'
import { type Planted, plant } from './plant.ts'
import { type AttackWorld, type Column, execCommand, startAttackWorld } from './score.ts'
import { attackTable, BEGIN, END } from './table.ts'
import { attackedAtTheEdges } from './terminal.ts'

const page = readFileSync(new URL('../../../docs/sandbox.md', import.meta.url), 'utf8')
const noBubblewrap = await needs('bubblewrap')
const noPsql = await needs('psql')
const noRoot = await needs('root')

/** What root may do and others may not, or not in the same way. The whole of it as root: `npm run attacks`. */
const OF_ROOT = [
  'read_ssh_key',
  'read_keyfile',
  'root_of_another_process',
  'environment_of_processes',
  'key_in_the_memory_of_exec',
  'settings_of_the_kernel',
  'log_of_the_kernel',
  'mount_over',
  'uncover_what_is_hidden',
  'namespaces_of_the_first_process',
  'disk_itself',
  'another_user',
  'raw_packets',
  'programs_of_the_kernel',
  'files_of_its_own_run',
]

let world: AttackWorld
let planted: Planted
beforeAll(async () => {
  if (noBubblewrap) return
  world = await startAttackWorld()
  planted = await plant(world.broker.home, world.user)
}, 180_000)
afterAll(async () => {
  planted?.stop()
  await world?.stop()
})

describe.skipIf(noBubblewrap)('broker exec --sandbox', () => {
  it('holds against every attack of a child with full control (I1)', async () => {
    const column: Column = new Map([
      ...(await world.attacked(true, world.user)),
      ...(await attackedAtTheEdges(world, true, world.user)),
    ])
    expect([...column].filter(([, { held }]) => !held)).toEqual([])
    expect([...column.keys()].sort()).toEqual(Object.keys(ATTACKS).sort())
  }, 120_000)

  it.skipIf(noRoot)(
    'holds against a child of root, who has rights to lose',
    async () => {
      const column = await world.attacked(true, ROOT, OF_ROOT)
      expect([...column].filter(([, { held }]) => !held)).toEqual([])
      expect([...column.keys()].sort()).toEqual([...OF_ROOT].sort())
    },
    60_000,
  )

  it('the same attacks succeed where there is none: the score can tell', async () => {
    const column = await world.attacked(false, world.user)
    const held = [...column].filter(([, verdict]) => verdict.held).map(([name]) => name)
    // These need rights that whoever runs the tests may not have.
    const rights = [
      'namespaces_of_the_first_process',
      'disk_itself',
      'settings_of_the_kernel',
      'log_of_the_kernel',
    ]
    const more = ['mount_over', 'another_user', 'raw_packets', 'programs_of_the_kernel', 'io_uring']
    const machine = [
      'any_other_network',
      'host_of_the_machine_vsock',
      'trace_a_process',
      'namespace_of_its_own',
    ]
    const memory = ['memory_of_a_process', 'key_in_the_memory_of_exec']
    expect(held.filter((name) => ![...rights, ...more, ...machine, ...memory].includes(name))).toEqual([])
  }, 120_000)

  const run = (command: readonly string[]) => finished(world.start(planted, true, command))
  const tasks = async () =>
    (await world.broker.admin.request<{ items: TaskView[] }>({ method: 'GET', path: '/v1/tasks' })).items

  it.skipIf(noPsql)(
    'lets its tools work: psql by the lease, git in the workspace, files that stay',
    async () => {
      const ran = await run(['psql', '-XAtc', 'select current_user'])
      expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^brk_/) })
      const made = await run(['sh', '-c', 'git init -q made && echo kept > made/file && pwd'])
      expect(made, made.stderr).toMatchObject({ code: 0, stdout: `${planted.workspace}\n` })
      expect(readFileSync(`${planted.workspace}/made/file`, 'utf8')).toBe('kept\n')
    },
  )

  it('a run inside it works in a part of its task, and makes no other sandbox', async () => {
    const inner = await run(execCommand(false, ['sh', '-c', 'test -s "$PGPASSFILE" && echo inner']))
    expect(inner, inner.stderr).toMatchObject({ code: 0, stdout: 'inner\n' })
    // Both say where they are: the part has what its whole said.
    expect((await tasks()).slice(0, 2).map(({ sandbox }) => sandbox)).toEqual([true, true])
    const nested = await run(execCommand(true, ['true']))
    expect(nested).toMatchObject({ code: 1, stderr: expect.stringContaining('already inside a sandbox') })
  })

  it('a run in a sandbox says so, also inside a run that is in none', async () => {
    const ran = await finished(
      world.start(planted, false, execCommand(true, execCommand(false, ['sh', '-c', 'echo inner']))),
    )
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'inner\n' })
    // The newest first: a part of the sandbox, the sandbox, the run around it.
    const said = (await tasks()).slice(0, 3).map(({ scan, sandbox }) => ({ scan, sandbox }))
    expect(said).toEqual([
      { scan: 'clean', sandbox: true },
      { scan: 'clean', sandbox: true },
      { scan: 'clean', sandbox: undefined },
    ])
  })

  it('answers with the command’s own exit code, and says when there is no such command', async () => {
    expect(await run(['sh', '-c', 'exit 7'])).toMatchObject({ code: 7 })
    expect(await run(['no-such-command'])).toMatchObject({ code: 127 })
    expect(await run(['sh', '-c', 'kill -9 $$'])).toMatchObject({ code: 137 })
  })

  it('passes signals on, and ends with a child that is deaf to them when it is killed', async () => {
    const child = world.start(planted, true, [
      'sh',
      '-c',
      "trap 'echo heard; exit 3' TERM; echo ready; while :; do sleep 0.1; done",
    ])
    child.stdout?.once('data', () => child.kill('SIGTERM'))
    expect(await finished(child)).toMatchObject({ code: 3, stdout: 'ready\nheard\n' })
  })

  it('refuses to start in a home, where nothing would be left outside', async () => {
    const { stderr, code } = await world.broker.cli(execCommand(true, ['true']).slice(2), {
      profile: 'fixer',
    })
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Start in the directory of a project'),
    })
  })

  it('says what is missing where it cannot run, and starts no task', async () => {
    const ids = async () => (await tasks()).map(({ id }) => id)
    const before = await ids()
    const [node = '', ...args] = execCommand(true, ['true'])
    const env = {
      ...planted.env,
      PATH: '/nowhere',
      BROKER_PROFILE: 'fixer',
      XDG_CONFIG_HOME: `${world.broker.home}/config`,
    }
    const ran = await finished(
      spawn(node, args, { cwd: planted.workspace, env, stdio: 'pipe', ...planted.user }),
    )
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('apt-get install bubblewrap') })
    expect(await ids()).toEqual(before)
  })
})

it('docs/sandbox.md tells of every attack', () => {
  const nobody = { confined: new Map(), open: new Map() }
  const told = (text: string) => text.split('\n').flatMap((row) => /^\| \d+ \| (.*?) \|/.exec(row)?.[1] ?? [])
  const table = page.split(BEGIN)[1]?.split(END)[0] ?? ''
  expect(told(table)).toEqual(told(attackTable(nobody)))
  const all = Object.keys(ATTACKS).length
  for (const who of ['an ordinary user', 'root']) expect(table).toContain(`by ${who} | ${all} of ${all} held`)
})
