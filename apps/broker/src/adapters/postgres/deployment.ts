import type { JSONValue, Sql } from 'postgres'
import type { DeploymentStore } from '../../ports/deployment.ts'
import type { KeyRecord } from '../../ports/keyring.ts'
import { guardedStore } from './guarded-store.ts'

export const deploymentStore = (sql: Sql): DeploymentStore =>
  guardedStore<DeploymentStore>({
    read: async () => {
      const [row] = await sql<
        { record: KeyRecord; timeline: string | null }[]
      >`SELECT key_state AS record, timeline FROM deployment`
      return row && { record: row.record, timeline: row.timeline === null ? undefined : Number(row.timeline) }
    },
    create: async (record, timeline) => {
      const made = await sql`
        INSERT INTO deployment (id, key_state, timeline) VALUES (${record.deployment}, ${sql.json(record as unknown as JSONValue)}, ${timeline ?? null})
        ON CONFLICT DO NOTHING RETURNING id`
      return made.length === 1
    },
    keepTimeline: async (timeline) => {
      await sql`UPDATE deployment SET timeline = ${timeline ?? null}`
    },
  })
