import { BrokerError } from '@credbroker/core/errors'
import type { JSONValue, Sql, TransactionSql } from 'postgres'
import { CONFIG_TABLES, type ConfigTable } from '../../domain/config.ts'
import type { Manifest } from '../../domain/manifest.ts'
import type { ConfigStore, ConfigWrite, RowWrite, StoredRow } from '../../ports/config-store.ts'
import type { Passkey, Sealed } from '../../ports/people.ts'
import { appendAudit } from './append-audit.ts'
import { constraintOf, toBrokerError } from './driver-errors.ts'
import { guardedStore } from './guarded-store.ts'
import { storeSecret } from './root-secrets.ts'

/** The key columns of each table; the database generates them from the body. */
const KEYS: { readonly [Table in ConfigTable]: readonly string[] } = {
  users: ['name'],
  teams: ['name'],
  environments: ['name'],
  anchors: ['vendor', 'id', 'environment'],
  issuers: ['name'],
  agents: ['name'],
  roots: ['name'],
  root_environments: ['root', 'environment'],
  scopes: ['name'],
  policies: ['name'],
  controls: ['name'],
}

export const configStore = (sql: Sql): ConfigStore =>
  guardedStore<ConfigStore>({
    load: () =>
      sql.begin('isolation level repeatable read read only', async (tx) => {
        const [head] = await tx<{ version: string }[]>`SELECT version FROM config_head`
        const rows: StoredRow[] = []
        for (const table of CONFIG_TABLES) {
          const found = await tx<Omit<StoredRow, 'table'>[]>`SELECT body, mac FROM ${tx(table)}`
          for (const row of found) rows.push({ table, ...row })
        }
        const passkeys = await tx<Sealed<Passkey>[]>`SELECT body, mac FROM passkeys`
        return { version: Number(head?.version), rows, passkeys }
      }),

    version: async () => {
      const [head] = await sql<{ version: string }[]>`SELECT version FROM config_head`
      return Number(head?.version)
    },

    write: ({ expectedVersion, rows, secrets = [], events, manifest, approval }) =>
      sql
        .begin(async (tx) => {
          if (!(await isAt(tx, expectedVersion)))
            throw new BrokerError('conflict', { detail: 'The configuration changed meanwhile' })
          if (approval) await spend(tx, approval)
          await appendAudit(tx, events)
          // Removals first and backwards, so that what refers to a row goes before it.
          const order = (write: RowWrite) => CONFIG_TABLES.indexOf(write.table)
          for (const write of rows.filter((w) => 'remove' in w).sort((a, b) => order(b) - order(a)))
            await store(tx, write)
          for (const write of rows.filter((w) => 'put' in w).sort((a, b) => order(a) - order(b)))
            await store(tx, write)
          if (manifest) await putManifest(tx, manifest)
          for (const secret of secrets) await storeSecret(tx, secret)
          if (rows.some(({ table }) => table === 'environments')) await moveSideHolds(tx)
        })
        .catch(explain) as Promise<void>,
  })

/** Whether this version is the newest; it stays so until the transaction ends. */
export async function isAt(tx: TransactionSql, version: number): Promise<boolean> {
  const [head] = await tx<{ version: string }[]>`SELECT version FROM config_head FOR UPDATE`
  return Number(head?.version) === version
}

export const putManifest = (tx: TransactionSql, { body, mac }: Sealed<Manifest>) =>
  put(tx, 'controls', body as unknown as Body, mac)

/** Once: whoever comes second finds another row in its place. */
async function spend(
  tx: TransactionSql,
  { before, after }: NonNullable<ConfigWrite['approval']>,
): Promise<void> {
  const { count } = await tx`
    UPDATE approvals SET body = ${tx.json(after.body as unknown as JSONValue)}, mac = ${after.mac}
    WHERE id = ${before.body.id} AND mac = ${before.mac}`
  if (count === 0) throw new BrokerError('approval_invalid', { detail: 'It was used meanwhile' })
}

/** I5: what is held over an environment counts for the recovery group that it is in now. */
const moveSideHolds = (tx: TransactionSql) => tx`
  UPDATE side_holds h SET recovery_group = e.body ->> 'recoveryGroup' FROM environments e
  WHERE e.name = h.environment AND h.recovery_group <> e.body ->> 'recoveryGroup' AND upper(h.during) > clock_timestamp()`

/** What each constraint says to the person whose change it refused. */
const REFUSALS: Readonly<Record<string, string>> = {
  nobody_holds_both_sides:
    'An agent holds more than read on both sides of what would become one recovery group (I5)',
  scope_environment_is_its_roots: 'A scope would be in an environment in which its root may not be used (I2)',
  anchors_belong_to_one_environment: 'An anchor would belong to two environments (I2)',
}

function explain(error: unknown): never {
  const ours = toBrokerError(error)
  const detail = REFUSALS[constraintOf(ours) ?? '']
  throw detail === undefined ? ours : new BrokerError('conflict', { detail })
}

type Body = Record<string, JSONValue>

async function store(tx: TransactionSql, write: RowWrite): Promise<void> {
  const body = ('put' in write ? write.put : write.remove) as unknown as Body
  if ('remove' in write) {
    const match = KEYS[write.table].map((key) => tx`${tx(key)} = ${body[key] as string}`)
    await tx`DELETE FROM ${tx(write.table)} WHERE ${match.flatMap((part, i) => (i === 0 ? [part] : [tx`AND`, part]))}`
    return
  }
  await put(tx, write.table, body, write.mac)
}

const put = (tx: TransactionSql, table: ConfigTable, body: Body, mac: string) => tx`
  INSERT INTO ${tx(table)} (body, mac) VALUES (${tx.json(body)}, ${mac})
  ON CONFLICT (${tx([...KEYS[table]])}) DO UPDATE SET body = excluded.body, mac = excluded.mac`
