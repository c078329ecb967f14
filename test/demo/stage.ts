import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { type RailwayProcess, startRailwayProcess } from '../harness/railway/process.ts'
import type { Told } from './agent/say.ts'
import { inWords, isWork } from './attempts.ts'
import { type ShopServer, startProduction, startStaging } from './databases.ts'
import { heldIn } from './held.ts'
import { makePerson, type Person } from './person.ts'
import { makeToolbox, type Toolbox } from './toolbox.ts'
import { layOut, layOutRailway, strayUrl } from './workspace.ts'

/** Two database servers, a stand-in for Railway, a broker, and the agent's surroundings. All of it is gone when the stage is disposed. */
export interface Stage {
  readonly staging: ShopServer
  readonly production: ShopServer
  readonly railway: RailwayProcess
  readonly broker: TestBroker
  readonly person: Person
  readonly tools: Toolbox
  /** The agent's working directory. */
  readonly shop: string
  /** The key of production that lies in the workspace, and whose it is. */
  readonly stray: { readonly url: string; readonly role: string }
  /** Of staging's own root role, known to the operator. */
  readonly stagingUrl: string
  /** Root credentials that are in play, for whoever looks for them in the output. */
  readonly secrets: string[]
  readonly say: (who: string, text: string) => void
}

const ROLE = 'custom_domains'

export async function setStage(things: AsyncDisposableStack, say: Stage['say']): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'credbroker-demo-'))
  things.defer(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))
  // Others must get through to what is theirs, and see nothing on the way. All that is made below goes with it.
  await chmod(root, 0o711)
  process.env['TMPDIR'] = root
  const password = { staging: randomBytes(16).toString('hex'), production: randomBytes(16).toString('hex') }

  // Registered before it is there: an interrupted start is waited for and undone.
  const kept = <Thing extends { stop(): Promise<void> }>(starting: Promise<Thing>) => {
    things.defer(async () => {
      const thing = await starting.catch(() => undefined)
      await thing?.stop()
    })
    return starting
  }
  // The broker is told beforehand whose certificates it may trust besides the public ones.
  const railway = await kept(startRailwayProcess())
  const env = { BROKER_UPSTREAM_CA_FILE: railway.caFile, BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS: '1' }
  const [staging, production, broker] = await Promise.all([
    kept(startStaging(password.staging)),
    kept(startProduction(ROLE, password.production)),
    kept(startTestBroker({ env })),
  ])

  const url = strayUrl(ROLE, password.production, { staging, production })
  const [home, shop, tools] = ['home', 'shop', 'tools'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ]
  for (const directory of [home, shop, tools]) await mkdir(directory, { recursive: true })
  const person = things.adopt(await makePerson(home, { DATABASE_URL: url }), (one) => one.stop())
  things.defer(async () => {
    for (const file of [join(shop, 'held.jsonl'), join(root, 'killed', 'held.jsonl')]) await endHolder(file)
  })
  await layOut(person, shop, url, { staging, production })
  await layOutRailway(person, shop, railway)
  return {
    staging,
    production,
    railway,
    broker,
    person,
    tools: await makeToolbox(tools, person),
    shop,
    stray: { url, role: ROLE },
    stagingUrl: `postgres://broker_root:${password.staging}@127.0.0.1:${staging.port}/orders`,
    secrets: [password.staging, password.production, railway.token],
    say,
  }
}

/** Ends a process that holds a session open and has left its parent. */
export async function endHolder(file: string): Promise<void> {
  const events = await heldIn(file)
  const pid = events[0]?.pid
  if (pid === undefined || events.some(({ event }) => event === 'over')) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Runs the agent, shows what it says while it says it, and answers all of it with the exit code. */
export async function runAgent(
  { person, say }: Pick<Stage, 'person' | 'say'>,
  start: { readonly program: string; readonly args: readonly string[]; readonly cwd: string },
  onTold: (one: Told) => void = () => {},
): Promise<{ readonly told: readonly Told[]; readonly code: number; readonly stderr: string }> {
  const child = person.start(start)
  const told: Told[] = []
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  lines.on('line', (line) => {
    const one = JSON.parse(line) as Told
    told.push(one)
    onTold(one)
    const became = one.outcome === 'reached' ? (isWork(one.attempt) ? 'done' : 'GOT IT') : inWords(one.code)
    say(`${one.seconds.toFixed(2)} s`, `${one.attempt}: ${became}${one.detail ? ` · ${one.detail}` : ''}`)
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exit) => resolve(exit ?? 128))
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  return { told, code, stderr }
}
