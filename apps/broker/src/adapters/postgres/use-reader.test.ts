import { createHash, randomUUID } from 'node:crypto'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import type { SingleUse } from '../../ports/tokens.ts'
import { migrate } from './migrate.ts'
import { migrationsDirectory } from './migrations-directory.ts'
import { proofBook, useReader } from './use-reader.ts'

let server: TestPostgres
let sql: Sql
const TASKS = Array.from({ length: 20 }, (_, at) => `task-${at}`)
beforeAll(async () => {
  server = await startTestPostgres()
  sql = postgres(await server.createDatabase('uses'), { max: 8, onnotice: () => {} })
  await migrate(sql, migrationsDirectory())
  await sql`INSERT INTO users (body, mac) VALUES ('{"name": "alice"}', 'mac')`
  await sql`INSERT INTO agents (body, mac) VALUES ('{"name": "fixer", "owner": "alice"}', 'mac')`
  await sql`INSERT INTO environments (body, mac) VALUES ('{"name": "staging"}', 'mac')`
  for (const id of TASKS)
    await sql`INSERT INTO tasks (id, agent, owner, environment, purpose, jkt, ends_at)
      VALUES (${id}, 'fixer', 'alice', 'staging', 'test', 'key', clock_timestamp() + interval '1 hour')`
})
afterAll(async () => {
  await sql?.end()
  await server?.stop()
})

const proof = (name: string = randomUUID()): SingleUse => ({
  digest: createHash('sha256').update(name).digest(),
  rememberUntil: new Date(Date.now() + 60_000),
})
const taskOf = (use: Awaited<ReturnType<ReturnType<typeof useReader>['use']>>) =>
  use === 'replayed' ? use : use?.task.id

describe('uses that share a statement', () => {
  it('are each answered with their own task, or with none', async () => {
    const uses = useReader(sql)
    const asked = TASKS.flatMap((id) => [id, `not ${id}`])
    const found = await Promise.all(asked.map((id) => uses.use(id, 'orders', proof())))
    expect(found.map(taskOf)).toEqual(TASKS.flatMap((id) => [id, undefined]))
  })

  it('take one proof once, also of two replicas and when all come at the same moment', async () => {
    const replicas = [useReader(sql), useReader(sql)]
    for (let round = 0; round < 10; round++) {
      const one = proof()
      const found = await Promise.all(
        TASKS.map((id, at) => replicas[at % 2]?.use(id, 'orders', one).then(taskOf)),
      )
      expect(found.filter((id) => id !== 'replayed')).toHaveLength(1)
    }
  })

  it('where one cannot be asked, fail that one alone', async () => {
    const uses = useReader(sql)
    const found = await Promise.allSettled([
      uses.use('task-0', 'orders', proof()),
      uses.use('task-1', 'a\0b', proof()),
      uses.use('task-2', 'orders', proof()),
    ])
    expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})

describe('a look', () => {
  it('takes no proof, and says when it was used', async () => {
    const uses = useReader(sql)
    const own = proof()
    const looked = await Promise.all([0, 1].map(() => uses.look('task-0', 'orders', own)))
    expect(looked.map(taskOf)).toEqual(['task-0', 'task-0'])
    expect(await proofBook(sql).take([own])).toBe(true)
    expect(await uses.look('task-0', 'orders', own)).toBe('replayed')
    expect(await uses.use('task-0', 'orders', own)).toBe('replayed')
  })
})
