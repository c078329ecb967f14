import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DEBIAN_CHROMIUM } from '../test/harness/services.ts'
import { type Lab, openLab } from './lab/lab.ts'
import type { Measurement, Row } from './row.ts'
import { checkAtUse } from './rows/check-at-use.ts'
import { consoleKeys } from './rows/console-keys.ts'
import { execOverhead } from './rows/exec-overhead.ts'
import { gatewayOverhead } from './rows/gateway-overhead.ts'
import { memoryIdle, memoryWithLeases } from './rows/memory.ts'
import { policyDecision } from './rows/policy-decision.ts'
import { revokeLatency } from './rows/revoke-latency.ts'
import { startTask } from './rows/start-task.ts'
import { showTable } from './table.ts'

const MEASUREMENTS: readonly Measurement[] = [
  startTask,
  checkAtUse,
  policyDecision,
  revokeLatency,
  gatewayOverhead,
  execOverhead,
  memoryIdle,
  memoryWithLeases,
  // Last: its questions cannot be taken out of the database again.
  ...(existsSync(DEBIAN_CHROMIUM) ? [consoleKeys] : []),
]

const names = MEASUREMENTS.map(({ name }) => name)
const { values, positionals: only } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
  strict: false,
})
const strange = only.filter((name) => !names.includes(name))
const flags = Object.keys(values).filter((flag) => flag !== 'json' && flag !== 'help')
if (values.help || strange.length > 0 || flags.length > 0) {
  const out = values.help ? process.stdout : process.stderr
  out.write(
    `Usage: npm run bench [-- [--json] [ROW…]]\n\nRows, all of them by default: ${names.join(', ')}\n`,
  )
  process.exit(values.help ? 0 : 2)
}

let lab: Promise<Lab> | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await (await lab?.catch(() => undefined))?.close()
    process.exit(1)
  })
}
const rows: Row[] = []
try {
  for (const { name, run } of MEASUREMENTS) {
    if (only.length > 0 && !only.includes(name)) continue
    process.stderr.write(`${name} …\n`)
    rows.push(await run(() => (lab ??= openLab())))
  }
} finally {
  await (await lab)?.close()
}
if (!values.json) process.stdout.write(showTable(rows))
else process.stdout.write(`${JSON.stringify({ rows: rows.map(({ detail: _, ...row }) => row) })}\n`)
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1
