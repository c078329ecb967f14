import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type OsUser, ROOT } from '../../harness/ordinary-user.ts'
import { type Column, startAttackWorld } from './score.ts'
import { attackTable, type Score, withTable } from './table.ts'
import { attackedAtTheEdges } from './terminal.ts'

// Sends an evil child through `broker exec`, with the sandbox and without, and prints what held: of an ordinary user, and
// where root runs this, of root too. `--write`: into docs/sandbox.md.
const world = await startAttackWorld()
try {
  const column = async (confined: boolean, user: OsUser | undefined): Promise<Column> =>
    new Map([...(await world.attacked(confined, user)), ...(await attackedAtTheEdges(world, confined, user))])
  const score = async (user: OsUser | undefined): Promise<Score> => ({
    confined: await column(true, user),
    open: await column(false, user),
  })
  const ordinary = await score(world.user)
  const root = world.user && (await score(ROOT))
  const table = attackTable(ordinary, root)
  process.stdout.write(`${table}\n`)
  if (process.argv.includes('--write')) {
    const page = fileURLToPath(new URL('../../../docs/sandbox.md', import.meta.url))
    writeFileSync(page, withTable(readFileSync(page, 'utf8'), table))
  }
  const held = [ordinary, ...(root ? [root] : [])].every(({ confined }) =>
    [...confined.values()].every((verdict) => verdict.held),
  )
  process.exitCode = held ? 0 : 1
} finally {
  await world.stop()
}
