import type { ConfigSnapshot } from './snapshot.ts'

/** I4: an approval is a passkey's assertion, so whoever may approve can only do so with a passkey. */
export const approverExists = ({ rows, passkeyHolders }: ConfigSnapshot): boolean =>
  rows.users.some(
    ({ row, intact }) =>
      intact && !row.disabled && row.roles.includes('approver') && passkeyHolders.has(row.name),
  )
