import type { Sql } from 'postgres'
import type { LineageReader } from '../../ports/delegation.ts'
import { guardedStore } from './guarded-store.ts'
import { type GrantRow, type TaskRow, toGrant, toTask } from './rows.ts'

export const lineageReader = (sql: Sql): LineageReader =>
  guardedStore<LineageReader>({
    // Two statements: whatever changes in between is noticed under the locks of the one that acts on it.
    chain: async (task) => {
      const tasks = await sql<(TaskRow & { now: Date })[]>`
        SELECT a.*, clock_timestamp() AS now FROM tasks t JOIN tasks a
          ON a.id = t.id OR a.id IN (SELECT entry ->> 'task' FROM jsonb_array_elements(t.lineage) AS entry)
        WHERE t.id = ${task} ORDER BY a.depth`
      const [first] = tasks
      if (!first) return undefined
      const grants = await sql<(GrantRow & { mac: string })[]>`
        SELECT * FROM grants WHERE task_id = ANY (${tasks.map(({ id }) => id)}::text[]) ORDER BY id`
      const holders = tasks.map((row) => ({
        task: toTask(row),
        grants: grants
          .filter(({ task_id }) => task_id === row.id)
          .map((grant) => ({ ...toGrant(grant), mac: grant.mac })),
      }))
      return { holders, now: first.now }
    },

    children: async (task) =>
      (await sql<{ id: string }[]>`SELECT id FROM tasks WHERE parent = ${task} ORDER BY id`).map(
        ({ id }) => id,
      ),
  })
