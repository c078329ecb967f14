import { join } from 'node:path'
import { loadKeySource } from '@credbroker/broker/adapters/keyring/load-key-source'
import { connect } from '@credbroker/broker/adapters/postgres/connect'
import { parseDatabaseUrl } from '@credbroker/broker/adapters/postgres/database-url'
import { deploymentStore } from '@credbroker/broker/adapters/postgres/deployment'
import { unlock } from '@credbroker/broker/adapters/unlock'
import { newId } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { auditHas } from './audit.ts'
import { type Desk, startDesk } from './desk.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
}, 180_000)
afterAll(() => desk?.world.stop())

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes)
const atVendor = (statement: string) => desk.world.staging.admin(statement)

/** A name that this deployment would give, for a lease that its database knows nothing of. */
async function nameOfForgottenLease(): Promise<string> {
  const sql = connect(parseDatabaseUrl(new Secret(desk.world.staging.server.url)), { max: 1 })
  try {
    const source = loadKeySource(
      { keyfile: join(desk.broker.stateDir, 'keyfile'), dataDirectories: [] },
      random,
    )
    const { keyring } = await unlock(deploymentStore(sql), source, undefined, random)
    return keyring.vendorNames.nameOf(newId('lease', new Date(), random))
  } finally {
    await sql.end({ timeout: 1 })
  }
}

it('what a database has forgotten is found at the vendor by its name, ended and recorded; what only looks like it stays (I7)', async () => {
  const orphan = await nameOfForgottenLease()
  const lookalike = orphan.replace(/.{4}$/, (end) => (end === 'aaaa' ? 'bbbb' : 'aaaa'))
  await atVendor(
    `SET ROLE broker_root; CREATE ROLE ${orphan} LOGIN; CREATE ROLE ${lookalike} LOGIN; RESET ROLE`,
  )
  await desk.broker.restart()
  await auditHas(
    desk.broker,
    ({ type, result, facts }) =>
      type === 'lease.swept' && result === 'ok' && facts?.['vendorName'] === orphan,
  )
  await vi.waitFor(async () => {
    expect(
      await atVendor(`SELECT rolname FROM pg_roles WHERE rolname IN ('${orphan}', '${lookalike}')`),
    ).toEqual([{ rolname: lookalike }])
  }, 20_000)
  await atVendor(`DROP ROLE ${lookalike}`)
}, 60_000)
