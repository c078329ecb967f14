import { BrokerError } from '@credbroker/core/errors'
import type { JSONValue, Sql, TransactionSql } from 'postgres'
import { CONFIG_TABLES, type ConfigTable } from '../../domain/config.ts'
import type { ConfigStore, RowWrite, SecretWrite, StoredRow } from '../../ports/config-store.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'

/** The key columns of each table; the database generates them from the body. */
const KEYS: { readonly [Table in ConfigTable]: readonly string[] } = {
  users: ['name'],
  teams: ['name'],
  environments: ['name'],
  anchors: ['vendor', 'id', 'environment'],
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
        return { version: Number(head?.version), rows }
      }),

    write: ({ expectedVersion, rows, secrets = [], events }) =>
      sql.begin(async (tx) => {
        const [head] = await tx<{ version: string }[]>`SELECT version FROM config_head FOR UPDATE`
        if (Number(head?.version) !== expectedVersion) {
          throw new BrokerError('conflict', { detail: 'The configuration changed meanwhile' })
        }
        await appendAudit(tx, events)
        // Removals first and backwards, so that what refers to a row goes before it.
        const order = (write: RowWrite) => CONFIG_TABLES.indexOf(write.table)
        for (const write of rows.filter((w) => 'remove' in w).sort((a, b) => order(b) - order(a)))
          await store(tx, write)
        for (const write of rows.filter((w) => 'put' in w).sort((a, b) => order(a) - order(b)))
          await store(tx, write)
        for (const secret of secrets) await storeSecret(tx, secret)
      }) as Promise<void>,
  })

async function store(tx: TransactionSql, write: RowWrite): Promise<void> {
  const keys = KEYS[write.table]
  const body = ('put' in write ? write.put : write.remove) as unknown as Record<string, JSONValue>
  if ('remove' in write) {
    const match = keys.map((key) => tx`${tx(key)} = ${body[key] as string}`)
    await tx`DELETE FROM ${tx(write.table)} WHERE ${match.flatMap((part, i) => (i === 0 ? [part] : [tx`AND`, part]))}`
    return
  }
  await tx`INSERT INTO ${tx(write.table)} (body, mac) VALUES (${tx.json(body)}, ${write.mac})
    ON CONFLICT (${tx([...keys])}) DO UPDATE SET body = excluded.body, mac = excluded.mac`
}

async function storeSecret(tx: TransactionSql, secret: SecretWrite): Promise<void> {
  if (secret.state === 'current') {
    await tx`UPDATE root_secrets SET state = 'retired' WHERE root = ${secret.root} AND version <> ${secret.version} AND state <> 'retired'`
  }
  await tx`INSERT INTO root_secrets (root, version, sealed, state)
    VALUES (${secret.root}, ${secret.version}, ${secret.sealed}, ${secret.state})
    ON CONFLICT (root, version) DO UPDATE SET state = excluded.state, sealed = excluded.sealed`
}
