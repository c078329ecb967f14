import { type ChildProcess, spawn } from 'node:child_process'
import { chown, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { finished, type Ran } from '../harness/broker.ts'

export interface Start {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly stdin?: string
}

/** Whom the agent runs as: a user of its own where we may choose one, which takes root. */
export interface Person {
  readonly home: string
  readonly separate: boolean
  readonly env: Readonly<Record<string, string>>
  start(what: Start): ChildProcess
  run(what: Start): Promise<Ran>
  /** Makes files and directories theirs. */
  own(...paths: readonly string[]): Promise<void>
  /** Ends what was started here and still runs. */
  stop(): void
}

export async function makePerson(home: string, variables: Readonly<Record<string, string>>): Promise<Person> {
  const uid = process.getuid?.() === 0 ? await freeUid() : undefined
  const started = new Set<ChildProcess>()
  await mkdir(join(home, 'tmp'), { recursive: true, mode: 0o700 })
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    USER: 'dev',
    TMPDIR: join(home, 'tmp'),
    NODE_NO_WARNINGS: '1',
    ...variables,
  }
  const person: Person = {
    home,
    separate: uid !== undefined,
    env,
    start({ program, args, cwd, stdin }) {
      const identity = uid === undefined ? {} : { uid, gid: uid }
      const child = spawn(program, [...args], { ...identity, cwd, env, stdio: 'pipe' })
      started.add(child)
      child.once('exit', () => started.delete(child))
      child.stdin.on('error', () => {})
      child.stdin.end(stdin ?? '')
      return child
    },
    run: async (what) => await finished(person.start(what)),
    async own(...paths) {
      if (uid !== undefined) for (const path of paths) await chown(path, uid, uid)
    },
    stop() {
      for (const child of started) child.kill('SIGKILL')
    },
  }
  await person.own(home, join(home, 'tmp'))
  return person
}

/** One that nobody has, so that nothing else on this machine is theirs. */
async function freeUid(): Promise<number> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const taken = new Set(passwd.split('\n').map((line) => Number(line.split(':')[2])))
  let uid = 64_400
  while (taken.has(uid)) uid++
  return uid
}
