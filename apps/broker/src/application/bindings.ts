import type { Lease } from '../domain/lease.ts'
import type { SealBinding } from '../ports/keyring.ts'

/** What a lease's handle is sealed for. */
export const handleBinding = (lease: Pick<Lease, 'id' | 'provider' | 'environment'>): SealBinding => ({
  table: 'leases',
  row: lease.id,
  version: 1,
  provider: lease.provider,
  environment: lease.environment,
})

/** What a root's credential is sealed for. */
export const rootBinding = (root: { name: string; provider: string }, version: number): SealBinding => ({
  table: 'root_secrets',
  row: root.name,
  version,
  provider: root.provider,
})
