import type { Credential } from '@credbroker/core/credential'
import type { VendorUnderTest } from '../../../../test/contracts/provider/vendor.ts'
import { providerContract } from '../../../../test/contracts/provider.ts'
import { needs } from '../../../../test/harness/services.ts'
import { startShop } from '../../test/postgres-fixture.ts'
import postgresRole from './postgres-role.ts'

const noPostgres15 = await needs('postgres15')

for (const version of noPostgres15 ? ([18] as const) : ([18, 15] as const))
  providerContract(`postgres-role on PostgreSQL ${version}`, postgresRole, () => setUp(version))

async function setUp(version: 15 | 18): Promise<VendorUnderTest> {
  const shop = await startShop(version)
  if (!shop) throw new Error('no PostgreSQL')
  const own = [shop.anchor('orders')]
  return {
    root: shop.root,
    rootThrough: (port) => ({ ...shop.root, port }),
    upstream: { host: '127.0.0.1', port: shop.server.port },
    overBroadRoot: shop.superuserRoot,
    rootSecrets: [String(shop.root['password']), String(shop.superuserRoot['password'])],
    spec: { template: 'read-write' },
    // On 15 a root can take any role, so an honest operator gives the environment its own cluster.
    anchors: version === 15 ? [...own, shop.anchor('production'), shop.anchor('credbroker')] : own,
    foreignAnchors: [shop.anchor('production2'), `1${own[0]}`],
    works: async (credential: Credential) => {
      const sql = shop.connect(credential)
      try {
        const rows = await sql.unsafe('SELECT total FROM orders')
        return rows.length > 0
      } catch {
        return false
      } finally {
        await sql.end({ timeout: 0 })
      }
    },
    openSession: async (credential) => {
      const sql = shop.connect(credential)
      const [me] = await sql.unsafe('SELECT pg_backend_pid() AS pid')
      return {
        alive: async () =>
          (await shop.admin(`SELECT 1 FROM pg_stat_activity WHERE pid = ${me?.['pid']}`)).length > 0,
        close: () => sql.end({ timeout: 0 }),
      }
    },
    exists: async (name) => {
      const rows = await shop.admin(`SELECT 1 FROM pg_roles WHERE rolname = '${name}'`)
      return rows.length > 0
    },
    plant: async (name) => {
      await shop.admin(`CREATE ROLE "${name}"`)
      return async () => void (await shop.admin(`DROP ROLE "${name}"`))
    },
    close: () => shop.close(),
  }
}
