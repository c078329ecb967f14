import type { User } from './config.ts'
import type { ConfigSnapshot } from './snapshot.ts'

/** I4: an approval is a passkey's assertion, so whoever may approve can only do so with a passkey. */
export const approverExists = ({ rows, passkeyHolders }: ConfigSnapshot): boolean =>
  rows.users.some(({ row, intact }) => intact && mayApprove(row) && passkeyHolders.has(row.name))

export const mayApprove = ({ disabled, roles }: User): boolean => !disabled && roles.includes('approver')

/**
 * I4c: whether somebody could approve, now or earlier. Rows of passkeys and users can be deleted by hand; the manifest says it
 * still. Without a manifest of ours nobody knows, and configuration is not free (I13).
 */
export const hadApprover = (snapshot: ConfigSnapshot): boolean =>
  !snapshot.manifest || snapshot.manifest.hadApprover === true || approverExists(snapshot)
