import { join } from 'node:path'
import { loadKeySource } from '@credbroker/broker/adapters/keyring/load-key-source'
import { connect } from '@credbroker/broker/adapters/postgres/connect'
import { parseDatabaseUrl } from '@credbroker/broker/adapters/postgres/database-url'
import { deploymentStore } from '@credbroker/broker/adapters/postgres/deployment'
import { unlock } from '@credbroker/broker/adapters/unlock'
import { newId } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import type { Sql } from 'postgres'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { readAudit } from './audit.ts'
import { type Desk, startDesk } from './desk.ts'

let desk: Desk
let sql: Sql
beforeAll(async () => {
  desk = await startDesk()
  await desk.broker.replica()
  sql = connect(parseDatabaseUrl(new Secret(desk.world.staging.server.url)), { max: 1 })
}, 180_000)
afterAll(async () => {
  await sql?.end({ timeout: 1 })
  await desk?.world.stop()
})

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes)

/**
 * Leases that are over, under names of this deployment, whose roles never existed at the vendor. Most are of a provider
 * that this broker no longer has: their own end has ended them, and what is counted is who takes which row.
 */
async function leaveBehind(count: number, asked: number): Promise<string[]> {
  const keyfile = join(desk.broker.stateDir, 'keyfile')
  const source = loadKeySource({ keyfile, dataDirectories: [] }, random)
  const { keyring } = await unlock(deploymentStore(sql), source, undefined, random)
  const ids = Array.from({ length: count }, () => newId('lease', new Date(), random))
  const names = ids.map((id) => keyring.vendorNames.nameOf(id))
  const providers = ids.map((_, i) => (i < asked ? 'postgres-role' : 'a-retired-one'))
  await sql`
    INSERT INTO leases (id, grant_id, task_id, environment, agent, scope, root, provider, name, spec, state,
      mint_deadline, settle_until, expires_at, dead_by, due_at)
    SELECT l.id, g.id, g.task_id, g.environment, 'fixer', g.scope, 'staging-orders', l.provider, l.name,
      '{"template":"read-only","schemas":["public"]}', 'active', past, past, past, past, past
    FROM unnest(${ids}::text[], ${names}::text[], ${providers}::text[]) AS l (id, name, provider),
      (SELECT * FROM grants WHERE task_id = ${desk.task.task.id}) AS g,
      (SELECT clock_timestamp() - interval '1 minute' AS past) AS t`
  return ids
}

it('two brokers sweep ten thousand leases, each exactly once (I7)', async () => {
  const ids = await leaveBehind(10_000, 200)
  await vi.waitUntil(
    async () => (await sql`SELECT FROM leases WHERE state <> 'ended' LIMIT 1`).length === 0,
    { timeout: 240_000, interval: 500 },
  )
  await vi.waitUntil(async () => (await sql`SELECT FROM audit_pending LIMIT 1`).length === 0, {
    timeout: 60_000,
  })
  const [tries] = await sql`SELECT min(attempts) AS least, max(attempts) AS most FROM leases`
  expect(tries).toEqual({ least: 1, most: 1 })
  const ended = (await readAudit(desk.broker)).filter(({ type }) => type === 'lease.ended')
  expect(ended.map(({ lease }) => lease).sort()).toEqual(ids.toSorted())
  expect(ended.every(({ facts }) => facts?.['credentialDead'] && facts['sessionsDead'])).toBe(true)
}, 330_000)
