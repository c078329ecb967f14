import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Column, startAttackWorld } from './score.ts'
import { attackTable, withTable } from './table.ts'
import { attackedAtTheEdges } from './terminal.ts'

// Sends an evil child through `broker exec`, with the sandbox and without, and prints what held. `--write`: into docs/sandbox.md.
const world = await startAttackWorld()
try {
  const column = async (confined: boolean): Promise<Column> =>
    new Map([...(await world.attacked(confined)), ...(await attackedAtTheEdges(world, confined))])
  const confined = await column(true)
  const table = attackTable(confined, await column(false))
  process.stdout.write(`${table}\n`)
  if (process.argv.includes('--write')) {
    const page = fileURLToPath(new URL('../../../docs/sandbox.md', import.meta.url))
    writeFileSync(page, withTable(readFileSync(page, 'utf8'), table))
  }
  process.exitCode = [...confined.values()].every(({ held }) => held) ? 0 : 1
} finally {
  await world.stop()
}
