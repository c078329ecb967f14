import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { finished } from '../../harness/broker.ts'
import type { OsUser } from '../../harness/ordinary-user.ts'
import { canary, type Planted, plant } from './plant.ts'
import { type AttackWorld, execCommand, PYTHON, runEnv, survives, type Verdict } from './score.ts'

/** The attacks that need a terminal, or a run that is killed. */
export async function attackedAtTheEdges(
  world: AttackWorld,
  confined: boolean,
  user: OsUser | undefined,
): Promise<ReadonlyMap<string, Verdict>> {
  const planted = await plant(world.broker.home, user)
  try {
    return new Map([
      ['type_into_the_terminal', await typed(world, planted, confined)],
      ['outlive_a_killed_run', await outlived(world, planted, confined)],
    ])
  } finally {
    planted.stop()
  }
}

async function typed(world: AttackWorld, planted: Planted, confined: boolean): Promise<Verdict> {
  const text = canary()
  const type = `import fcntl, termios
for c in b'${text}\\n': fcntl.ioctl(0, termios.TIOCSTI, bytes([c]))`
  const script = fileURLToPath(new URL('terminal.py', import.meta.url))
  const child = spawn(PYTHON, [script, ...execCommand(confined, [PYTHON, '-c', type])], {
    cwd: planted.workspace,
    env: runEnv(world.broker, planted),
    stdio: 'pipe',
    ...planted.user,
  })
  const { stdout } = await finished(child)
  if (!stdout.includes('TYPED=')) throw new Error(`the terminal did not get to its end: ${stdout}`)
  return { held: !stdout.includes(`TYPED=${text}`), why: /\w+Error: .*/.exec(stdout)?.[0] ?? '' }
}

async function outlived(world: AttackWorld, planted: Planted, confined: boolean): Promise<Verdict> {
  const nap = String(planted.know['nap'])
  const script = `trap '' TERM HUP INT; setsid sh -c 'trap "" TERM HUP INT; exec sleep ${nap}' & echo ready; wait`
  const child = world.start(planted, confined, ['sh', '-c', script])
  if (child.stdout) await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  return { held: !(await survives(nap)), why: '' }
}
