import type { Sql } from 'postgres'
import type { RootSecretStore } from '../../ports/config-store.ts'
import type { Sealed } from '../../ports/keyring.ts'
import { guardedStore } from './guarded-store.ts'

export const rootSecretStore = (sql: Sql): RootSecretStore => {
  const inState = async (root: string, state: string) => {
    const [row] = await sql<{ version: number; sealed: Sealed }[]>`
      SELECT version, sealed FROM root_secrets WHERE root = ${root} AND state = ${state} ORDER BY version DESC LIMIT 1`
    return row
  }
  return guardedStore<RootSecretStore>({
    current: (root) => inState(root, 'current'),
    pending: (root) => inState(root, 'next'),
  })
}
