import type { RootView } from '@credbroker/core/wire/admin'
import postgres from 'postgres'
import { writeConfiguration } from './configuration.ts'
import type { Stage } from './stage.ts'

/** The operator's command line; what it cannot do ends the demonstration. */
export async function operate(stage: Stage, ...args: readonly string[]): Promise<string> {
  const ran = await stage.broker.cli([...args])
  // `root check` reports what it finds by its exit code.
  if (ran.code !== 0 && !(args[1] === 'check' && ran.code === 5))
    throw new Error(`broker ${args.join(' ')} failed (${ran.code}): ${ran.stdout}${ran.stderr}`)
  return ran.stdout
}

/** Takes the stray key in, looks at what it is, and replaces it at the server, so that every copy of it is dead. */
export async function putInOrder(stage: Stage): Promise<{ readonly strayDied: boolean }> {
  const { say, stray } = stage
  await operate(stage, 'apply', '-f', await writeConfiguration(stage), '--yes')
  const check = await operate(stage, 'root', 'check', 'production-orders', '--json')
  const { findings } = JSON.parse(check) as RootView
  say(
    'operator',
    `broker apply, broker root check: ${findings.map(({ level, code }) => `${code} is ${level}`).join(', ')}`,
  )
  const railway = await operate(stage, 'root', 'check', 'railway-account', '--json')
  const spanning = (JSON.parse(railway) as RootView).findings.map(({ level, code }) => `${code} is ${level}`)
  say('operator', `a new token at Railway, by hand; broker root check: ${spanning.join(', ')}`)
  const before = await logsIn(stray.url)
  await operate(stage, 'root', 'rotate', 'production-orders')
  const after = await logsIn(stray.url)
  say('operator', `broker root rotate: the key in the workspace: ${before} before, ${after} after`)
  return { strayDied: before === 'logs in' && after === '28P01' }
}

/** A one-time token from the operator becomes a key in the agent's own home, under its own user. */
export async function enrol(stage: Stage): Promise<void> {
  const { broker, person, tools, shop, say } = stage
  const token = await operate(stage, 'agent', 'invite', 'fixer')
  const args = [tools.broker, 'enroll', '--url', broker.url]
  const ran = await person.run({ program: tools.node, args, cwd: shop, stdin: token })
  if (ran.code !== 0) throw new Error(`enrolling failed: ${ran.stderr}`)
  say(
    'operator',
    `broker agent invite | broker enroll: ${person.separate ? 'under a user of its own' : 'as this user'}`,
  )
}

/** That the broker does lend production, to whom it is meant for: otherwise its refusals would prove nothing. */
export async function onCallReads(stage: Stage): Promise<boolean> {
  const { client } = await stage.broker.enrolAgent('oncall')
  await using task = await client.startTask({
    environment: 'production',
    purpose: 'how many orders are there',
    scopes: ['orders-live-ro'],
  })
  const sql = postgres({ ...(await task.postgres('orders-live-ro')), max: 1, onnotice: () => {} })
  const [row] = await sql`SELECT count(*)::int AS count, current_user AS me FROM orders`
  await sql.end({ timeout: 1 })
  stage.say('oncall', `reads ${row?.['count']} orders of production, through the broker, as ${row?.['me']}`)
  return row?.['count'] === 5000
}

async function logsIn(url: string): Promise<string> {
  const sql = postgres(url, { max: 1, fetch_types: false, connect_timeout: 5, onnotice: () => {} })
  try {
    await sql`SELECT 1`
    return 'logs in'
  } catch (error) {
    return String((error as { code?: unknown }).code)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
