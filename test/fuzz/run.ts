import { differential } from './differential.ts'
import { SUBJECTS } from './subjects.ts'

/** `npm run fuzz [-- RUNS [KIND…]]`: many more than the tests do. Ends with 1 where it finds anything. */
const [runs = '100000', ...kinds] = process.argv.slice(2)
const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 32)
let found = 0
for (const [kind, subject] of Object.entries(SUBJECTS)) {
  if (kinds.length > 0 && !kinds.includes(kind)) continue
  const { runs: done, taken, refused, findings } = differential(subject, Number(runs), seed)
  found += findings.length
  const reasons = [...refused].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`)
  process.stdout.write(
    `${kind}: ${done} requests, ${taken} taken, ${findings.length} findings (seed ${seed})\n`,
  )
  process.stdout.write(`  refused: ${reasons.join(', ')}\n`)
  for (const finding of findings) process.stdout.write(`${JSON.stringify(finding, null, 2)}\n`)
}
process.exitCode = found > 0 ? 1 : 0
