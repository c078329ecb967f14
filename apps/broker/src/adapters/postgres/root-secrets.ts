import { BrokerError } from '@credbroker/core/errors'
import type { Sql, TransactionSql } from 'postgres'
import type { RootSecretStore, SecretWrite } from '../../ports/config-store.ts'
import type { Sealed } from '../../ports/keyring.ts'
import { guardedStore } from './guarded-store.ts'
import { tryLockRotation } from './root-rotations.ts'
import { FIRST_TRY } from './task-end.ts'

export const rootSecretStore = (sql: Sql): RootSecretStore => {
  const inState = async (root: string, state: string) => {
    const [row] = await sql<{ version: number; sealed: Sealed }[]>`
      SELECT version, sealed FROM root_secrets WHERE root = ${root} AND state = ${state} ORDER BY version DESC LIMIT 1`
    return row
  }
  return guardedStore<RootSecretStore>({
    current: (root) => inState(root, 'current'),
    pending: (root) => inState(root, 'next'),
    lastVersion: async (root) => {
      const [row] = await sql<{ last: number | null }[]>`
        SELECT max(version) AS last FROM root_secrets WHERE root = ${root}`
      return row?.last ?? 0
    },
  })
}

/**
 * Puts a version in use, in the transaction that says so in its root's row. A version that is stored keeps what was sealed
 * in it: what a rotation may have put at the vendor is never written over.
 * @throws BrokerError `conflict` while the root is rotated by somebody else, or where the version is taken
 */
export async function storeSecret(
  tx: TransactionSql,
  { root, version, sealed, handedIn, former }: SecretWrite,
): Promise<void> {
  if (handedIn && !(await tryLockRotation(tx, root)))
    throw new BrokerError('conflict', { detail: 'The root is being rotated at this moment; try again' })
  await tx`
    UPDATE root_secrets SET state = ${former === 'alive' ? 'retiring' : 'retired'}, attempts = 0, last_error = NULL,
      due_at = clock_timestamp() + ${FIRST_TRY}::interval
    WHERE root = ${root} AND state = 'current'`
  await tx`UPDATE root_secrets SET state = 'retired' WHERE root = ${root} AND state = 'next' AND version <> ${version}`
  const stored = await tx`
    INSERT INTO root_secrets (root, version, provider, sealed, state)
    SELECT name, ${version}, body ->> 'provider', ${sealed}, 'current' FROM roots WHERE name = ${root}
    ON CONFLICT (root, version) DO UPDATE SET state = 'current'
      WHERE root_secrets.state = 'next' AND ${former === 'replaced'} RETURNING version`
  if (stored.length === 0)
    throw new BrokerError('conflict', { detail: 'The root’s credential changed meanwhile' })
}
