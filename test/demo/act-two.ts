import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Told } from './agent/say.ts'
import { inWords } from './attempts.ts'
import { leasedRoles, stateOf } from './databases.ts'
import { type Held, untilHeld } from './held.ts'
import { runAgent, type Stage } from './stage.ts'
import { stopAtTheGate } from './stop-at-the-gate.ts'

export interface Protected {
  readonly told: readonly Told[]
  /** Before its script started, by name of the file. */
  readonly stopped: boolean
  readonly exitCode: number
  /** Seen from outside. */
  readonly productionUntouched: boolean
  readonly workDone: boolean
  readonly rolesLeft: readonly string[]
}

/** The gate has its own scene; from there on nobody looks any more. */
const exec = ({ tools }: Stage, ...agent: readonly string[]) => ({
  program: tools.node,
  args: [
    ...[tools.broker, 'exec', '--no-scan', '--env', 'staging', '--scope', 'orders-rw'],
    ...['--purpose', 'fix flaky checkout test', '--ttl', '5m', '--', tools.node, tools.agent, ...agent],
  ],
})

/** The same agent, the same workspace, the same key in it, and a broker. */
export async function actTwo(stage: Stage): Promise<Protected> {
  const { production, staging, shop, tools, say, broker } = stage
  const stopped = await stopAtTheGate(stage)
  const before = await stateOf(production)
  const { killed } = await killExec(stage)
  const paths = [broker.stateDir, join(broker.stateDir, 'keyfile'), broker.home]
  const profile = join(broker.home, 'config', 'credbroker', 'profiles', 'default.json')
  await writeFile(join(shop, 'paths.json'), JSON.stringify({ state: [...paths, profile] }))

  const run = await runAgent(stage, { ...exec(stage), cwd: shop })
  const endedAt = Date.now()
  say('exec', run.stderr.trim())
  const later = await runAgent(stage, { program: tools.node, args: [tools.agent, 'later'], cwd: shop })
  const held = await untilHeld(join(shop, 'held.jsonl'), 'over', 20)
  const told = [...run.told, ...later.told, judge('session', held, endedAt), await killed]
  for (const one of told.slice(-2)) say(one.attempt, `${one.detail}, then ${inWords(one.code)}`)

  const after = await stateOf(production)
  say('production', after)
  const [row] = await staging.sql(
    `SELECT count(*)::int AS n FROM orders WHERE customer = 'checkout test'`,
    'orders',
  )
  return {
    told,
    stopped,
    exitCode: run.code,
    productionUntouched: before === after,
    workDone: row?.['n'] === 1,
    rolesLeft: await rolesAfterAWhile(stage),
  }
}

/** A second run of the same task is killed while its command holds a session; the broker hears of it by hearing nothing. */
async function killExec(stage: Stage): Promise<{ readonly killed: Promise<Told> }> {
  const { person, shop, say } = stage
  const directory = join(shop, '..', 'killed')
  const file = join(directory, 'held.jsonl')
  await mkdir(directory)
  await person.own(directory)
  const child = person.start({ ...exec(stage, 'hold', file), cwd: directory })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  await untilHeld(file, 'holding', 20)
  child.kill('SIGKILL')
  await gone
  const killedAt = Date.now()
  say(
    'kill -9',
    'of another `broker exec` whose command goes on with an open session; the heartbeat will tell',
  )
  return { killed: untilHeld(file, 'over', 45).then((held) => judge('killed', held, killedAt)) }
}

function judge(attempt: 'session' | 'killed', held: readonly Held[], since: number): Told {
  const find = (event: Held['event']) => held.find((one) => one.event === event)
  const cut = find('cut')
  const seconds = cut ? (cut.at - since) / 1000 : 0
  const code = find('kept out')?.code
  const detail = cut
    ? `cut ${Math.abs(seconds).toFixed(1)} s ${seconds < 0 ? 'before' : 'after'} its end`
    : 'never cut'
  if (!find('holding')) return { attempt, outcome: 'absent', code: 'no session', detail, seconds }
  if (!cut || find('came back') || !code) return { attempt, outcome: 'reached', code: 'ok', detail, seconds }
  return { attempt, outcome: 'refused', code, detail, seconds }
}

async function rolesAfterAWhile({ staging, production }: Stage): Promise<string[]> {
  for (const end = Date.now() + 10_000; ; await sleep(200)) {
    const roles = (await Promise.all([staging, production].map(leasedRoles))).flat()
    if (roles.length === 0 || Date.now() > end) return roles
  }
}
