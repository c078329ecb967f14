import { randomFillSync } from 'node:crypto'
import { keyfileSource, readKeyfile } from '@credbroker/broker/adapters/keyring/keyfile'
import { openExisting } from '@credbroker/broker/adapters/open-existing'
import { parseDatabaseUrl } from '@credbroker/broker/adapters/postgres/database-url'
import { seal } from '@credbroker/broker/application/people/sealed-row'
import type { Approval } from '@credbroker/broker/domain/approval'
import { type FillRandom, newId } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import postgres from 'postgres'

const random: FillRandom = (bytes) => randomFillSync(bytes)

/**
 * As many questions that wait as no single agent could ask: each like this one, under the seal of the broker whose database and
 * key these are, and of an agent of its own.
 */
export async function askMany(
  { databaseUrl, keyfile }: { readonly databaseUrl: string; readonly keyfile: string },
  like: Approval,
  count: number,
): Promise<void> {
  const source = keyfileSource('keyfile', readKeyfile('keyfile', keyfile, []))
  const { keyring, close } = await openExisting(parseDatabaseUrl(new Secret(databaseUrl)), source, random)
  const sql = postgres(databaseUrl, { max: 1 })
  try {
    const rows = Array.from({ length: count }, (_, at) => {
      const agent = `agent-${at}`
      const work = like.work && { ...like.work, agent }
      const body = { ...like, id: newId('approval', new Date(), random), requester: `agent:${agent}`, work }
      return seal(keyring.macs, 'approvals', body)
    })
    await sql`
      INSERT INTO approvals (body, mac)
      SELECT value -> 'body', value ->> 'mac' FROM jsonb_array_elements(${sql.json(rows as never)})`
  } finally {
    await Promise.all([sql.end({ timeout: 1 }), close()])
  }
}

/** As many more tasks, each like this one. */
export async function startMany(databaseUrl: string, like: string, count: number): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 })
  try {
    const columns = await sql<{ name: string }[]>`
      SELECT column_name AS name FROM information_schema.columns
      WHERE table_name = 'tasks' AND table_schema = 'public' AND is_generated = 'NEVER' AND column_name <> 'id'`
    const names = columns.map(({ name }) => `"${name}"`)
    await sql.unsafe(
      `INSERT INTO tasks (id, ${names}) SELECT 'tsk_' || lpad(n::text, 26, '0'), ${names}
       FROM tasks, generate_series(1, ${count}) n WHERE id = '${like}'`,
    )
  } finally {
    await sql.end({ timeout: 1 })
  }
}
