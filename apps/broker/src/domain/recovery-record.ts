import { canonicalHash } from '@credbroker/core/canonical-json'
import type { Recovery, Root } from './config.ts'

/** What is on record about getting back what a root can destroy, as its digest covers it. */
export const recoveryRecord = ({ backups, authority, lastRestoreTest, separateAuthority }: Recovery) => ({
  ...(backups !== undefined && { backups }),
  ...(authority !== undefined && { authority }),
  ...(lastRestoreTest !== undefined && { lastRestoreTest }),
  ...(separateAuthority !== undefined && { separateAuthority }),
})

/** Its digest, for the audit log: agents may read that, and are not to learn where the backups are. Nothing where nothing is on record. */
export function recoveryFact({ recovery }: Pick<Root, 'recovery'>): { recoveryHash?: string } {
  const record = recoveryRecord(recovery)
  return Object.keys(record).length === 0 ? {} : { recoveryHash: canonicalHash(record) }
}
