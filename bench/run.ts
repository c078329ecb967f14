import { parseArgs } from 'node:util'
import { type Lab, openLab } from './lab/lab.ts'
import type { Measurement, Row } from './row.ts'
import { checkAtUse } from './rows/check-at-use.ts'
import { execOverhead } from './rows/exec-overhead.ts'
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
  execOverhead,
  memoryIdle,
  memoryWithLeases,
]

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string', multiple: true } },
})
const names = MEASUREMENTS.map(({ name }) => name)
const unknown = values.only?.filter((name) => !names.includes(name)) ?? []
if (unknown.length > 0) {
  process.stderr.write(`There is no row ${unknown.join(', ')}. Rows: ${names.join(', ')}\n`)
  process.exit(2)
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
    if (values.only && !values.only.includes(name)) continue
    process.stderr.write(`${name} …\n`)
    rows.push(await run(() => (lab ??= openLab())))
  }
} finally {
  await (await lab)?.close()
}
if (!values.json) process.stdout.write(showTable(rows))
else process.stdout.write(`${JSON.stringify({ rows: rows.map(({ detail: _, ...row }) => row) })}\n`)
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1
