import { actFour } from './act-four.ts'
import { actOne } from './act-one.ts'
import { actThree } from './act-three.ts'
import { actTwo } from './act-two.ts'
import { standUp } from './approver.ts'
import { enrol, onCallReads, putInOrder } from './operator.ts'
import { pin, takeReceipts } from './receipts.ts'
import { rowsOf } from './rows.ts'
import { asJson, asText, held, type Outcome } from './show.ts'
import { setStage } from './stage.ts'
import { heading, progress, type Write } from './terminal.ts'

const USAGE = `usage: npm run demo -- [--json]

Plays the incident that Credbroker exists to prevent, with two real PostgreSQL servers and a stand-in for Railway,
without and with the broker, and says what held. Takes about a minute and leaves nothing behind. Exit code 1 if anything did not hold.
`
/** Something hangs. */
const LONGEST_MS = 300_000

async function play(things: AsyncDisposableStack, write: Write): Promise<Outcome> {
  const began = Date.now()
  const say = (who: string, text: string) => write(progress(who, text))
  write(
    heading('Starting two PostgreSQL servers, staging and production, a stand-in for Railway, and a broker'),
  )
  const stage = await setStage(things, say)
  const { staging, production, broker, person } = stage
  say(
    'servers',
    `staging on port ${staging.port}, production on ${production.port}, the broker at ${broker.url}`,
  )

  write(heading('Act 1, without the broker: an agent is to fix a flaky test in staging'))
  const incident = await actOne(stage)

  write(heading('The same at Railway, without the broker: one call, and the backups go with the volume'))
  const railwayIncident = await actThree(stage)

  write(heading('Between the acts: an operator sets the broker up'))
  const { strayDied } = await putInOrder(stage)
  await enrol(stage)
  const reads = await onCallReads(stage)
  const pinned = await pin(stage)

  write(heading('Act 2, with the broker: the same agent, the same workspace, the same file in it'))
  const two = await actTwo(stage)

  write(heading('At Railway, with the broker: the same wish, every way to ask for it, and one person'))
  const approver = await standUp(stage)
  const railway = await actFour(stage, approver)
  const receipts = await takeReceipts(stage, pinned)
  return {
    incident,
    two,
    strayDied,
    onCallReads: reads,
    separateUser: person.separate,
    railwayIncident,
    railway,
    rows: rowsOf(
      { told: [...incident.told, ...railwayIncident.told] },
      { told: [...two.told, ...railway.told] },
      person.separate,
    ),
    receipts,
    secrets: stage.secrets,
    seconds: Math.round((Date.now() - began) / 1000),
  }
}

const leaks = (text: string, secrets: readonly string[]): boolean =>
  secrets.length === 0 || secrets.some((secret) => text.includes(secret))

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== '--json')
  if (unknown.length > 0) {
    process.stderr.write(USAGE)
    return unknown.every((arg) => arg === '--help') ? 0 : 2
  }
  const json = args.includes('--json')
  const things = new AsyncDisposableStack()
  const abandon = (code: number) => {
    process.stderr.write('\ntidying up …\n')
    void things.disposeAsync().finally(() => process.exit(code))
  }
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.once(signal, () => abandon(code))
  const watchdog = setTimeout(() => {
    process.stderr.write(`still not done after ${LONGEST_MS / 1000} s\n`)
    abandon(1)
  }, LONGEST_MS)
  try {
    let printed = ''
    const outcome = await play(things, (text) => {
      printed += text
      ;(json ? process.stderr : process.stdout).write(text)
    })
    const told = json ? `${asJson(outcome)}\n` : asText(outcome)
    process.stdout.write(told)
    if (!leaks(printed + told, outcome.secrets)) return held(outcome) ? 0 : 1
    process.stdout.write('\nA ROOT CREDENTIAL WAS PRINTED.\n')
    return 1
  } finally {
    clearTimeout(watchdog)
    // An abandoned stage is being disposed already, and its own end decides the exit code.
    await (things.disposed ? new Promise(() => {}) : things.disposeAsync())
  }
}

process.exitCode = await main(process.argv.slice(2))
