import { actOne } from './act-one.ts'
import { actTwo } from './act-two.ts'
import { enrol, onCallReads, putInOrder } from './operator.ts'
import { pin, takeReceipts } from './receipts.ts'
import { rowsOf } from './rows.ts'
import { asJson, asText, held, type Outcome } from './show.ts'
import { setStage } from './stage.ts'
import { heading, progress, type Write } from './terminal.ts'

const USAGE = `usage: npm run demo -- [--json]

Plays the incident that Credbroker exists to prevent, with two real PostgreSQL servers, without and with the
broker, and says what held. Takes about half a minute and leaves nothing behind. Exit code 1 if anything did not hold.
`
/** Something hangs. */
const LONGEST_MS = 180_000

async function play(things: AsyncDisposableStack, write: Write): Promise<Outcome> {
  const began = Date.now()
  const say = (who: string, text: string) => write(progress(who, text))
  write(heading('Starting two PostgreSQL servers, staging and production, and a broker'))
  const stage = await setStage(things, say)
  const { staging, production, broker, person } = stage
  say(
    'servers',
    `staging on port ${staging.port}, production on ${production.port}, the broker at ${broker.url}`,
  )

  write(heading('Act 1, without the broker: an agent is to fix a flaky test in staging'))
  const incident = await actOne(stage)

  write(heading('Between the acts: an operator sets the broker up'))
  const { strayDied } = await putInOrder(stage)
  await enrol(stage)
  const reads = await onCallReads(stage)
  const pinned = await pin(stage)

  write(heading('Act 2, with the broker: the same agent, the same workspace, the same file in it'))
  const two = await actTwo(stage)
  const receipts = await takeReceipts(stage, pinned)
  return {
    incident,
    two,
    strayDied,
    onCallReads: reads,
    separateUser: person.separate,
    rows: rowsOf(incident, two, person.separate),
    receipts,
    seconds: Math.round((Date.now() - began) / 1000),
  }
}

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
    const outcome = await play(things, (text) => (json ? process.stderr : process.stdout).write(text))
    process.stdout.write(json ? `${asJson(outcome)}\n` : asText(outcome))
    return held(outcome) ? 0 : 1
  } finally {
    clearTimeout(watchdog)
    // An abandoned stage is being disposed already, and its own end decides the exit code.
    await (things.disposed ? new Promise(() => {}) : things.disposeAsync())
  }
}

process.exitCode = await main(process.argv.slice(2))
